#!/usr/bin/env bash
# Makes, in an empty folder, a PKI as a program or a person has left it.
#
# usage: foreign.sh easy-rsa|names FOLDER
set -euo pipefail

mkdir -p "$2"
cd "$2"
umask 077

# authority SUBJECT KEY CERTIFICATE
authority() {
  openssl req -x509 -newkey rsa:2048 -nodes -subj "$1" -keyout "$2" -out "$3" -days 3650 \
    -addext keyUsage=critical,keyCertSign,cRLSign 2>/dev/null
}

# leaf SUBJECT KEY CERTIFICATE SANS: by ca.crt and the key $ca
leaf() {
  openssl req -newkey rsa:2048 -nodes -subj "$1" -keyout "$2" -out leaf.csr 2>/dev/null
  printf 'extendedKeyUsage=serverAuth,clientAuth\nsubjectAltName=%s\n' "$4" >leaf.cnf
  openssl x509 -req -in leaf.csr -CA ca.crt -CAkey "$ca" -days 365 -extfile leaf.cnf \
    -set_serial "0x$(openssl rand -hex 15)" -out "$3" 2>/dev/null
  rm leaf.csr leaf.cnf
}

# The folders of easy-rsa 3: a copy of each certificate by its serial number, one renewed, one revoked.
easy-rsa() {
  ca=private/ca.key
  mkdir -p issued private certs_by_serial renewed/issued revoked/certs_by_serial
  authority '/CN=Easy-RSA CA' private/ca.key ca.crt
  leaf /CN=server private/server.key renewed/issued/server.crt DNS:server
  leaf /CN=gone private/gone.key revoked/certs_by_serial/0A.pem DNS:gone
  rm private/gone.key
  for name in server admin; do
    leaf /CN=$name private/$name.key issued/$name.crt "DNS:$name"
    serial=$(openssl x509 -in issued/$name.crt -noout -serial)
    cp issued/$name.crt "certs_by_serial/${serial#serial=}.pem"
  done
}

# Names outside the alphabet of host names. Go matches the first; nobody reads the last.
names() {
  ca=ca.key
  authority /CN=kubernetes ca.key ca.crt
  leaf /CN=peer peer.key peer.crt DNS:etcd_1,DNS:localhost
  leaf /CN=server server.key server.crt \
    'DNS:server.example.,DNS:server,email:ops@example.com,RID:1.2.3.4,URI:spiffe://a/b,dirName:dir'$'\n[dir]\nCN=ops'
  leaf /CN=comma comma.key comma.crt DNS:comma,DNS:comma，example
}

"$1"
