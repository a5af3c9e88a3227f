/** What a signature is put together from, in CBOR (RFC 8949): encoded values, deterministic. */

/** The initial byte of a major type and its argument, in the fewest bytes. */
function head(major: number, argument: number): Buffer {
  const type = major << 5;
  if (argument < 24) return Buffer.from([type | argument]);
  if (argument < 0x100) return Buffer.from([type | 24, argument]);
  const long = Buffer.alloc(argument < 0x1_0000 ? 3 : 5);
  long[0] = type | (long.length === 3 ? 25 : 26);
  long.writeUIntBE(argument, 1, long.length - 1);
  return long;
}

/** An integer of at most 32 bits. */
export const cborInteger = (value: number): Buffer => (value < 0 ? head(1, -1 - value) : head(0, value));
export const cborBytes = (bytes: Uint8Array): Buffer => Buffer.concat([head(2, bytes.length), bytes]);
export const cborText = (text: string): Buffer => {
  const bytes = Buffer.from(text);
  return Buffer.concat([head(3, bytes.length), bytes]);
};
/** Of values that are encoded already. */
export const cborArray = (...items: readonly Uint8Array[]): Buffer =>
  Buffer.concat([head(4, items.length), ...items]);
/** Of keys and values that are encoded already, in this order. */
export const cborMap = (...pairs: readonly (readonly [Uint8Array, Uint8Array])[]): Buffer =>
  Buffer.concat([head(5, pairs.length), ...pairs.flat()]);
export const cborTag = (tag: number, value: Uint8Array): Buffer => Buffer.concat([head(6, tag), value]);
export const cborNull: Buffer = Buffer.from([0xf6]);
