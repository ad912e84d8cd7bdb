#!/usr/bin/env bash
# Makes, in an empty folder, the certificates and kubeconfigs that the tutorial "Kubernetes the
# hard way" makes for one server and two nodes, with the same programs (openssl, kubectl), the
# same keys (RSA 4096) and the same contents, defects among them. It is what our benchmark is
# measured against, and what an operator's existing cluster looks like.
#
# usage: tutorial.sh FOLDER
# The variables OPENSSL and KUBECTL name other programs than those on the PATH, and RSA_BITS
# another length of the keys, for a test that has no time for the tutorial's.
set -euo pipefail

openssl=${OPENSSL:-openssl}
kubectl=${KUBECTL:-kubectl}
bits=${RSA_BITS:-4096}
cluster=kubernetes-the-hard-way
endpoint=https://server.kubernetes.local:6443
# Of the leaves in this order; the CA comes first.
leaves=(admin node-0 node-1 kube-proxy kube-scheduler kube-controller-manager kube-api-server service-accounts)

main() {
  [ $# = 1 ] || fail "one argument is needed: an empty folder"
  mkdir -p "$1"
  cd "$1"
  [ -z "$(ls -A)" ] || fail "\`$1\` is not empty"
  umask 022
  write_config
  make_authority
  local leaf
  for leaf in "${leaves[@]}"; do make_leaf "$leaf"; done
  for leaf in node-0 node-1; do make_kubeconfig "$leaf" "system:node:$leaf" "$endpoint"; done
  for leaf in kube-proxy kube-controller-manager kube-scheduler; do
    make_kubeconfig "$leaf" "system:$leaf" "$endpoint"
  done
  make_kubeconfig admin admin https://127.0.0.1:6443
}

make_authority() {
  "$openssl" genrsa -out ca.key "$bits"
  "$openssl" req -x509 -new -sha512 -noenc -key ca.key -days 3653 -config ca.conf -out ca.crt
}

make_leaf() {
  "$openssl" genrsa -out "$1.key" "$bits"
  "$openssl" req -new -sha256 -key "$1.key" -config ca.conf -section "$1" -out "$1.csr"
  "$openssl" x509 -req -sha256 -days 3653 -copy_extensions copyall -in "$1.csr" \
    -CA ca.crt -CAkey ca.key -CAcreateserial -out "$1.crt"
}

# make_kubeconfig FILE USER SERVER
make_kubeconfig() {
  local file=$1.kubeconfig
  "$kubectl" config set-cluster "$cluster" --certificate-authority=ca.crt --embed-certs=true \
    --server="$3" --kubeconfig="$file"
  "$kubectl" config set-credentials "$2" --client-certificate="$1.crt" --client-key="$1.key" \
    --embed-certs=true --kubeconfig="$file"
  "$kubectl" config set-context default --cluster="$cluster" --user="$2" --kubeconfig="$file"
  "$kubectl" config use-context default --kubeconfig="$file"
}

# One configuration file with a section for each certificate: CN, O, whether a place is part of
# the subject, the extended key usage, the Netscape types, the SANs.
write_config() {
  local both=clientAuth,serverAuth
  local names=kubernetes,kubernetes.default,kubernetes.default.svc,kubernetes.default.svc.cluster
  names+=,kubernetes.svc.cluster.local,server.kubernetes.local,api-server.kubernetes.local
  {
    printf '[req]\ndistinguished_name = ca_subject\nprompt = no\nx509_extensions = ca_extensions\n'
    printf '[ca_subject]\n%s\nCN = CA\n' "$(place)"
    printf '[ca_extensions]\nbasicConstraints = CA:TRUE\nkeyUsage = cRLSign, keyCertSign\n'
    printf 'subjectKeyIdentifier = hash\n'
    section admin admin system:masters bare clientAuth client ""
    section service-accounts service-accounts "" bare clientAuth client ""
    local node
    for node in node-0 node-1; do
      section "$node" "system:node:$node" system:nodes placed "$both" client "DNS:$node,IP:127.0.0.1"
    done
    section kube-proxy system:kube-proxy system:node-proxier placed "$both" client \
      DNS:kube-proxy,IP:127.0.0.1
    section kube-controller-manager system:kube-controller-manager system:kube-controller-manager \
      placed "$both" client DNS:kube-controller-manager,IP:127.0.0.1
    # The doubled prefix is the tutorial's.
    section kube-scheduler system:kube-scheduler system:system:kube-scheduler placed "$both" client \
      DNS:kube-scheduler,IP:127.0.0.1
    section kube-api-server kubernetes "" placed "$both" client,server \
      "IP:127.0.0.1,IP:10.32.0.1,DNS:${names//,/,DNS:}"
  } >ca.conf
}

# section NAME CN O PLACE EKU NETSCAPE SANS
section() {
  local name=$1 cn=$2 o=$3 place=$4 eku=$5 netscape=$6 sans=$7
  printf '[%s]\ndistinguished_name = %s_subject\nprompt = no\nreq_extensions = %s_extensions\n' \
    "$name" "$name" "$name"
  printf '[%s_subject]\nCN = %s\n' "$name" "$cn"
  [ -z "$o" ] || printf 'O = %s\n' "$o"
  [ "$place" = bare ] || place
  printf '[%s_extensions]\nbasicConstraints = CA:FALSE\nextendedKeyUsage = %s\n' "$name" "$eku"
  printf 'keyUsage = critical, digitalSignature, keyEncipherment\nnsCertType = %s\n' "$netscape"
  printf 'nsComment = "%s"\nsubjectKeyIdentifier = hash\n' "$name certificate"
  [ -z "$sans" ] || printf 'subjectAltName = %s\n' "$sans"
}

place() { printf 'C = US\nST = Washington\nL = Seattle\n'; }

fail() {
  echo "error: $*" >&2
  exit 2
}

main "$@"
