import { createHash } from 'node:crypto';

/**
 * A short hash of plain data: 128 bits in hex. Object literals in this project have a fixed order of keys, so JSON is
 * canonical. `undefined` entries of objects do not count.
 */
export function keyOf(...parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

/** `keyOf` the bytes of arrays. */
export function keyOfArrays(arrays: readonly Float32Array[]): string {
  const hash = createHash('sha256');
  for (const { buffer, byteOffset, byteLength } of arrays)
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  return hash.digest('hex').slice(0, 32);
}
