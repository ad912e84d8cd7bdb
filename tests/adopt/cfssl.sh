#!/usr/bin/env bash
# Makes, in an empty folder, the certificates of a cluster built by hand with cfssl, under the file
# names and the subjects that its users have had since the tutorial of that time: NAME.pem and
# NAME-key.pem, organizational units, a year to live. The CA has 4096 bits, so cfssl signs with SHA-512.
#
# usage: cfssl.sh FOLDER
set -euo pipefail

mkdir -p "$1"
cd "$1"
umask 077

main() {
  printf '{"signing":{"default":{"expiry":"8760h"},"profiles":{"kubernetes":{"expiry":"8760h","usages":%s}}}}' \
    '["signing","key encipherment","server auth","client auth"]' >ca-config.json
  request Kubernetes Kubernetes CA 4096 >ca-csr.json
  cfssl gencert -initca ca-csr.json 2>/dev/null | cfssljson -bare ca
  certificate admin admin system:masters
  certificate worker-0 system:node:worker-0 system:nodes worker-0,203.0.113.20,10.240.0.20
  certificate kube-controller-manager system:kube-controller-manager system:kube-controller-manager
  certificate kube-proxy system:kube-proxy system:node-proxier
  certificate kube-scheduler system:kube-scheduler system:kube-scheduler
  certificate service-account service-accounts Kubernetes
  certificate kubernetes kubernetes Kubernetes \
    10.32.0.1,10.240.0.10,203.0.113.10,127.0.0.1,kubernetes,kubernetes.default,kubernetes.default.svc,kubernetes.default.svc.cluster,kubernetes.svc.cluster.local
}

# request CN O OU BITS
request() {
  printf '{"CN":"%s","key":{"algo":"rsa","size":%s},"names":[{"C":"US","L":"Portland","O":"%s","OU":"%s","ST":"Oregon"}]}' \
    "$1" "$4" "$2" "$3"
}

# certificate NAME CN O [SANS]
certificate() {
  request "$2" "$3" Unit 2048 >"$1-csr.json"
  cfssl gencert -ca ca.pem -ca-key ca-key.pem -config ca-config.json -profile kubernetes \
    ${4:+-hostname="$4"} "$1-csr.json" 2>/dev/null | cfssljson -bare "$1"
}

main
