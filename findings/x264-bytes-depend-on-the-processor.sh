#!/usr/bin/env bash
# x264 (through node-av 6.1.1) gives other bytes for the same frames, settings and version on one thread, depending on which vector
# instructions the processor has: with the default settings its output with them differs from that without (asm=0). Its
# documentation calls the encoder deterministic; that holds for one machine only. With `cpu-independent=1` the bytes agree.
# Seen: default and asm=0 differ; with cpu-independent=1 equal. On a processor without AVX the first two may agree.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --ignore-scripts node-av@6.1.1 >/dev/null 2>&1
cat >encode.mjs <<'JS'
import { createHash } from 'node:crypto';
Promise.withResolvers ??= () => {
  let resolve, reject;
  const promise = new Promise((yes, no) => ([resolve, reject] = [yes, no]));
  return { promise, resolve, reject };
};
const av = await import('node-av');
av.Log.setLevel(av.AV_LOG_FATAL);
const [width, height] = [112, 64];
let state = 1;
const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 24;
const noise = () => Uint8Array.from({ length: (width * height * 3) / 2 }, random);
const stills = [noise(), noise(), noise(), noise()];
// 18 frames that fade from one still to the next
const frames = Array.from({ length: 18 }, (_, i) => {
  const [a, share] = [Math.floor(i / 6), (i % 6) / 6];
  return stills[a].map((v, k) => Math.round(v * (1 - share) + stills[a + 1][k] * share));
});
async function encode(params) {
  const encoder = await av.Encoder.create('libx264', {
    threadCount: 1,
    gopSize: 24,
    maxBFrames: 0,
    options: { preset: 'veryfast', crf: '18', 'x264-params': params },
  });
  const hash = createHash('sha256');
  for (const [i, data] of frames.entries()) {
    const format = { width, height, format: av.AV_PIX_FMT_YUV420P, timeBase: { num: 1, den: 12 } };
    const frame = av.Frame.fromVideoBuffer(Buffer.from(data), format);
    frame.pts = BigInt(i);
    for (const packet of await encoder.encodeAll(frame)) hash.update(packet.data);
    frame.free();
  }
  for await (const packet of encoder.flushPackets()) if (packet) hash.update(packet.data);
  encoder.close();
  return hash.digest('hex').slice(0, 16);
}
const all = ['keyint=24', 'keyint=24:asm=0', 'keyint=24:cpu-independent=1', 'keyint=24:cpu-independent=1:asm=0'];
const hashes = [];
for (const params of all) {
  hashes.push(await encode(params));
  console.log(`${hashes.at(-1)}  ${params}`);
}
process.exit(hashes[2] === hashes[3] && hashes[0] !== hashes[1] ? 0 : 1);
JS
if node encode.mjs; then
  echo "as found: the default bytes depend on the processor, those of cpu-independent=1 do not"
elif ! grep -qw avx /proc/cpuinfo; then
  echo "not to be seen here: this processor has no AVX"
else
  echo "changed: look again"
  exit 1
fi
