import { cborArray, cborBytes, cborInteger, cborMap, cborNull, cborTag, cborText } from './cbor.ts';

/** Labels of COSE headers (RFC 9052, RFC 9360), and the tag of a message with one signature. */
const ALGORITHM = 1;
const X5CHAIN = 33;
const SIGN1 = 18;

export interface CoseParts {
  /** Number of the algorithm in the COSE registry, such as -7 for ES256. */
  readonly algorithm: number;
  /** Certificates in DER, the signer's first. */
  readonly chain: readonly Uint8Array[];
  /** Signs bytes. */
  sign(bytes: Uint8Array): Uint8Array;
}

/** The protected header: algorithm and certificates. */
function protectedHeader({ algorithm, chain }: CoseParts): Buffer {
  const certificates = chain.map(cborBytes);
  const [only] = certificates;
  return cborMap(
    [cborInteger(ALGORITHM), cborInteger(algorithm)],
    [cborInteger(X5CHAIN), certificates.length === 1 && only ? only : cborArray(...certificates)],
  );
}

/**
 * A COSE_Sign1 message with a detached payload, as C2PA embeds it (C2PA 2.2, section 13.2).
 * @param size bytes that the message has to have: what is free is padding, which must be more than 260 bytes
 * @throws RangeError where the message does not fit
 */
export function coseSign1(payload: Uint8Array, parts: CoseParts, size: number): Uint8Array {
  const header = protectedHeader(parts);
  const toSign = cborArray(
    cborText('Signature1'),
    cborBytes(header),
    cborBytes(Buffer.alloc(0)),
    cborBytes(payload),
  );
  const signature = parts.sign(toSign);
  const message = (padding: number): Buffer =>
    cborTag(
      SIGN1,
      cborArray(
        cborBytes(header),
        cborMap([cborText('pad'), cborBytes(Buffer.alloc(padding))]),
        cborNull,
        cborBytes(signature),
      ),
    );
  // above 255 bytes of padding its length is written in three bytes, so that one byte more is one byte more
  const free = size - message(256).length + 256;
  if (free < 256 || free > 0xffff)
    throw new RangeError(`coseSign1: no message of ${size} bytes, ${free} are free`);
  return message(free);
}
