/** Eight tables, so that eight bytes are taken at a time: checksums of gigabytes are made on the way. */
const tables = Array.from({ length: 8 }, () => new Uint32Array(256));
for (let i = 0; i < 256; i++) {
  let c = i;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  (tables[0] as Uint32Array)[i] = c >>> 0;
}
for (let t = 1; t < 8; t++) {
  for (let i = 0; i < 256; i++) {
    const c = (tables[t - 1] as Uint32Array)[i] as number;
    (tables[t] as Uint32Array)[i] = ((tables[0] as Uint32Array)[c & 255] as number) ^ (c >>> 8);
  }
}
const [t0, t1, t2, t3, t4, t5, t6, t7] = tables as [
  ...[Uint32Array, Uint32Array, Uint32Array, Uint32Array],
  ...[Uint32Array, Uint32Array, Uint32Array, Uint32Array],
];

/** The CRC-32 of zip archives (ISO 3309) of bytes that follow others, whose checksum is `before`. */
export function crc32(bytes: Uint8Array, before = 0): number {
  let c = ~before >>> 0;
  let i = 0;
  for (; i + 8 <= bytes.length; i += 8) {
    const low =
      (c ^ (bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24))) >>> 0;
    c =
      t7[low & 255]! ^
      t6[(low >>> 8) & 255]! ^
      t5[(low >>> 16) & 255]! ^
      t4[low >>> 24]! ^
      t3[bytes[i + 4]!]! ^
      t2[bytes[i + 5]!]! ^
      t1[bytes[i + 6]!]! ^
      t0[bytes[i + 7]!]!;
  }
  for (; i < bytes.length; i++) c = t0[(c ^ bytes[i]!) & 255]! ^ (c >>> 8);
  return ~c >>> 0;
}
