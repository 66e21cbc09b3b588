#!/bin/sh
# Makes the certificates of the TLS tests in a directory: an authority, and what it did and did not sign.
set -e
mkdir -p "$1"
cd "$1"

key() {
  openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"
}

# signed NAME DAYS ALTERNATIVE_NAMES
signed() {
  key "$1"
  openssl req -new -key "$1.key" -subj "/CN=$1" -out "$1.csr"
  printf 'subjectAltName=%s\n' "$3" > "$1.ext"
  openssl x509 -req -in "$1.csr" -CA authority.pem -CAkey authority.key -CAcreateserial \
    -days "$2" -extfile "$1.ext" -out "$1.pem"
}

key authority
openssl req -x509 -new -key authority.key -subj "/CN=Test authority" -days 2 -out authority.pem
signed good 2 DNS:localhost,IP:127.0.0.1
signed elsewhere 2 DNS:elsewhere.test
signed expired -1 DNS:localhost
signed client 2 DNS:client
key selfsigned
openssl req -x509 -new -key selfsigned.key -subj "/CN=localhost" -days 2 \
  -addext subjectAltName=DNS:localhost -out selfsigned.pem
