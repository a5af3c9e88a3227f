#!/bin/bash
# Node's X509Certificate.checkIssued(other) says false for a certificate that is self-signed when its key usage does not allow signing
# certificates: OpenSSL asks whether the issuer MAY issue, not whether it did. So `cert.checkIssued(cert)` does not find self-signed certificates of
# signers; comparing issuer and subject and verifying with the own key does. Without key usage it says true.
# Seen with Node 20 and OpenSSL 3: digitalSignature only: checkIssued false, verify true; no key usage: true, true.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
make() { # name, further arguments of openssl req
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key.pem -out "$1.pem" -days 30 -subj "/CN=self" \
    "${@:2}" 2>/dev/null
}
make leaf -addext 'basicConstraints=critical,CA:FALSE' -addext 'keyUsage=critical,digitalSignature'
make plain
cat > read.mjs <<'JS'
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
const seen = {};
for (const name of ['leaf', 'plain']) {
  const cert = new X509Certificate(readFileSync(`${name}.pem`));
  seen[name] = { issued: cert.checkIssued(cert), verified: cert.verify(cert.publicKey) };
}
console.log('node', process.version, 'openssl', process.versions.openssl, seen);
assert.deepEqual(seen, { leaf: { issued: false, verified: true }, plain: { issued: true, verified: true } });
JS
node read.mjs
