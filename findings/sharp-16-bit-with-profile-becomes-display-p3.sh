#!/bin/bash
# sharp 0.35.5 (libvips 8.18): a picture of 16 bits a channel with an embedded colour profile comes out in the numbers of
# Display P3 and not of sRGB, without a profile that says so. 8 bits with the same profile come out in sRGB, as documented
# (output is converted to the device-independent sRGB). Even an sRGB picture that is tagged as sRGB changes: 200,30,60
# becomes 183,49,64, as any reader of the result sees it duller. `toColourspace('srgb')` does not help;
# `pipelineColourspace('srgb')` does. Cause: the pipeline's working profile is 'p3' where the input has 16 bits.
# Seen: "8 bit, sRGB: 200,30,60" "8 bit, P3: 200,30,60" "16 bit, sRGB: 183,49,64" "16 bit, P3: 183,49,64",
# with pipelineColourspace: 200,30,60 and 199,29,60. Fails when that changes.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init -y >/dev/null; npm install --no-audit --no-fund --silent sharp@0.35.5
cat > read.mjs <<'JS'
import assert from 'node:assert/strict';
import sharp from 'sharp';
const flat = await sharp({ create: { width: 16, height: 16, channels: 3, background: { r: 200, g: 30, b: 60 } } }).png().toBuffer();
const first = async (pipeline) => [...(await pipeline.raw({ depth: 'uchar' }).toBuffer()).subarray(0, 3)].join();
const seen = {};
for (const [bits, space] of [[8, 'srgb'], [16, 'rgb16']]) {
  for (const profile of ['srgb', 'p3']) {
    const png = await sharp(flat).toColourspace(space).withIccProfile(profile).png().toBuffer();
    const plain = await first(sharp(png).toColourspace('srgb'));
    const mended = await first(sharp(png).pipelineColourspace('srgb').toColourspace('srgb'));
    seen[`${bits} bit, ${profile}`] = [plain, mended];
  }
}
console.log('sharp', sharp.versions.sharp, 'libvips', sharp.versions.vips, seen);
assert.equal(seen['8 bit, srgb'][0], '200,30,60');
assert.equal(seen['8 bit, p3'][0], '200,30,60');
assert.equal(seen['16 bit, srgb'][0], '183,49,64');
assert.equal(seen['16 bit, p3'][0], '183,49,64');
assert.equal(seen['16 bit, srgb'][1], '200,30,60');
assert.equal(seen['16 bit, p3'][1], '199,29,60');
JS
node read.mjs
