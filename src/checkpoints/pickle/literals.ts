import { PickleError } from './pickleValues.ts';

// How pickles write numbers and texts.

/** Longer whole numbers stand in no checkpoint, and making them takes quadratic time. */
const longestInteger = 1000;

/** A whole number from its decimal digits. */
export function parseInteger(text: string): number | bigint {
  if (text.length > longestInteger || !/^\s*[+-]?\d+\s*$/.test(text)) {
    throw new PickleError(`holds ${JSON.stringify(text.slice(0, 40))}, which is no whole number`);
  }
  return narrow(BigInt(text.trim()));
}

/** A whole number from its bytes: little-endian, in two's complement. */
export function decodeInteger(bytes: Uint8Array): number | bigint {
  if (bytes.length > longestInteger) throw new PickleError(`holds a whole number of ${bytes.length} bytes`);
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] as number);
  return narrow(BigInt.asIntN(8 * bytes.length, value));
}

const narrow = (value: bigint): number | bigint =>
  value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER)
    ? Number(value)
    : value;

export const latin1 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function utf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new PickleError('holds text that is no UTF-8');
  }
}

/**
 * Text of protocol 0. Its escapes are two languages of their own, which no file of torch needs: refused, not
 * guessed.
 */
export function plain(text: string): string {
  if (text.includes('\\')) throw new PickleError('holds text with escapes, as only protocol 0 writes it');
  return text;
}
