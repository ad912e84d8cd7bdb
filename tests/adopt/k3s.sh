#!/usr/bin/env bash
# Makes, with openssl, a folder as k3s leaves it at /var/lib/rancher/k3s/server: its file names, its
# five CAs, keys of P-256, its CAs' certificates behind every leaf, keys without certificates, copies.
#
# usage: k3s.sh FOLDER
set -euo pipefail

mkdir -p "$1/tls/etcd" "$1/cred"
cd "$1/tls"
umask 077

names=DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc
names+=,DNS:kubernetes.default.svc.cluster.local,DNS:localhost,DNS:cp-0,IP:127.0.0.1,IP:10.43.0.1,IP:192.168.7.10
etcd=DNS:localhost,DNS:kine.sock,DNS:cp-0,IP:127.0.0.1,IP:192.168.7.10

main() {
  authority client-ca k3s-client-ca@1790000000
  authority server-ca k3s-server-ca@1790000000
  authority request-header-ca k3s-request-header-ca@1790000000
  authority etcd/server-ca etcd-server-ca@1790000000
  authority etcd/peer-ca etcd-peer-ca@1790000000
  leaf client-ca client-admin /O=system:masters/CN=system:admin clientAuth
  leaf client-ca client-supervisor /O=system:masters/CN=system:k3s-supervisor clientAuth
  leaf client-ca client-controller /CN=system:kube-controller-manager clientAuth
  leaf client-ca client-scheduler /CN=system:kube-scheduler clientAuth
  leaf client-ca client-kube-apiserver /CN=system:apiserver clientAuth
  leaf client-ca client-kube-proxy /CN=system:kube-proxy clientAuth
  leaf client-ca client-k3s-controller /CN=system:k3s-controller clientAuth
  leaf client-ca client-k3s-cloud-controller /CN=k3s-cloud-controller-manager clientAuth
  leaf request-header-ca client-auth-proxy /CN=system:auth-proxy clientAuth
  leaf server-ca serving-kube-apiserver /CN=kube-apiserver serverAuth "$names"
  leaf etcd/server-ca etcd/client /CN=etcd-client clientAuth
  leaf etcd/server-ca etcd/server-client /CN=etcd-server serverAuth,clientAuth "$etcd"
  leaf etcd/peer-ca etcd/peer-server-client /CN=etcd-peer serverAuth,clientAuth "$etcd"
  cp client-ca.crt client-ca.nochain.crt
  cp server-ca.crt server-ca.nochain.crt
  key service
  key client-kubelet
  key serving-kubelet
  kubeconfig ../cred/scheduler.kubeconfig client-scheduler
  kubeconfig ../cred/admin.kubeconfig client-admin --embed-certs
}

key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"; }

# authority FILE CN
authority() {
  key "$1"
  openssl req -x509 -new -sha256 -key "$1.key" -subj "/CN=$2" -days 3650 -out "$1.crt" \
    -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,digitalSignature,keyEncipherment,keyCertSign
}

# leaf CA FILE SUBJECT EKU [SANS]
leaf() {
  key "$2"
  {
    printf 'basicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature,keyEncipherment\n'
    printf 'extendedKeyUsage=%s\n' "$4"
    [ -z "${5:-}" ] || printf 'subjectAltName=%s\n' "$5"
  } >extensions
  openssl req -new -sha256 -key "$2.key" -subj "$3" |
    openssl x509 -req -sha256 -days 365 -CA "$1.crt" -CAkey "$1.key" -CAcreateserial \
      -extfile extensions -out "$2.leaf"
  cat "$2.leaf" "$1.crt" >"$2.crt"
  rm extensions "$2.leaf"
}

# kubeconfig FILE PAIR [--embed-certs]
kubeconfig() {
  local set=("${KUBECTL:-kubectl}" config --kubeconfig "$1")
  "${set[@]}" set-cluster local --server=https://127.0.0.1:6443 --certificate-authority=server-ca.crt ${3:+"$3"}
  "${set[@]}" set-credentials user --client-certificate="$2.crt" --client-key="$2.key" ${3:+"$3"}
  "${set[@]}" set-context Default --cluster=local --user=user
  "${set[@]}" use-context Default
}

main >/dev/null 2>&1
