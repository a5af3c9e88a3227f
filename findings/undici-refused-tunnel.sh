#!/bin/bash
# undici 6: a proxy that refuses CONNECT (407: credentials are missing) surfaces from fetch() as
#   TypeError 'fetch failed'  <-  DOMException 'Request was cancelled.'  <-  RequestAbortedError 'Proxy response (407) ...'
# Nobody cancelled anything. error.cause, where the reason of a failed fetch is looked for, is named 'Error', has the code 0
# and says nothing of the proxy; the status stands only in the text of the cause below it (code UND_ERR_ABORTED).
# Plain http through the same proxy (proxyTunnel: false) has another shape: InvalidArgumentError 'Proxy Authentication
# Required (407)', UND_ERR_INVALID_ARG, as the direct cause.
set -eu
W=$(mktemp -d); trap 'rm -rf "$W"' EXIT; cd "$W"
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --no-audit --no-fund undici@6.29.1
cat > probe.mjs <<'T'
import { createServer } from 'node:http';
import { fetch, ProxyAgent } from 'undici';
const proxy = createServer((_, r) => { r.writeHead(407); r.end(); });
proxy.on('connect', (_, socket) => socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n'));
await new Promise((done) => proxy.listen(0, '127.0.0.1', done));
const dispatcher = new ProxyAgent({ uri: `http://127.0.0.1:${proxy.address().port}`, proxyTunnel: false });
const chain = async (url) => {
  const out = [];
  try { await fetch(url, { dispatcher }); } catch (e) { for (let x = e; x; x = x.cause) out.push(`${x.code}: ${x.message}`); }
  return out;
};
const [https, http] = [await chain('https://hub.invalid/'), await chain('http://hub.invalid/')];
console.log('https', https, '\nhttp ', http);
const right =
  https.length === 3 && https[1] === '0: Request was cancelled.' && /^UND_ERR_ABORTED: Proxy response \(407\)/.test(https[2]) &&
  http.length === 2 && http[1] === 'UND_ERR_INVALID_ARG: Proxy Authentication Required (407)';
proxy.closeAllConnections(); proxy.close();
process.exit(right ? 0 : 1);
T
echo "undici $(node -p "require('undici/package.json').version"), Node $(node --version)"
node probe.mjs || { echo "behaves otherwise now"; exit 1; }
# Seen: https [ 'undefined: fetch failed', '0: Request was cancelled.', 'UND_ERR_ABORTED: Proxy response (407) !== 200 when HTTP Tunneling' ]
#       http  [ 'undefined: fetch failed', 'UND_ERR_INVALID_ARG: Proxy Authentication Required (407)' ]
