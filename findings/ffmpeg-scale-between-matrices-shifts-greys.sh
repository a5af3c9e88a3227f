#!/bin/bash
# FFmpeg (Debian 12: ffmpeg 7:5.1.9-0+deb12u1): the filter `scale` that converts YUV from one colour matrix to another shifts
# neutral greys, which are the same in all matrices: luma 100 becomes 99 and chroma 128 mostly 127. `flags=accurate_rnd`, which
# is said to cure rounding, makes it worse (98 and 129 appear); only `accurate_rnd+full_chroma_int` keeps greys. `bitexact` does
# not. Fails when that changes.
# Needs Debian's package: apt-get install ffmpeg.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
dpkg-query -W ffmpeg
node -e "process.stdout.write(Buffer.concat([Buffer.alloc(128 * 72, 100), Buffer.alloc(64 * 36 * 2, 128)]))" > grey.yuv
values() { # values of luma and of chroma in the converted frame
  ffmpeg -v error -nostdin -f rawvideo -pix_fmt yuv420p -s 128x72 -i grey.yuv \
    -vf "scale=in_color_matrix=bt601:out_color_matrix=bt709$1" -f rawvideo -pix_fmt yuv420p pipe:1 |
    node -e "const b = require('fs').readFileSync(0); const of = (p) => [...new Set(p)].sort((x, y) => x - y).join();
      console.log(of(b.subarray(0, 9216)) + ' ' + of(b.subarray(9216)))"
}
expect() { seen=$(values "$1"); echo "scale$1: luma and chroma $seen"; [ "$seen" = "$2" ]; }
expect "" "99 127,128"
expect ":flags=bitexact" "99 127,128"
expect ":flags=accurate_rnd" "98,99 128,129"
expect ":flags=accurate_rnd+full_chroma_int" "100 128"
