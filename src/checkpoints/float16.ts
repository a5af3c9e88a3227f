/**
 * IEEE 754 binary16 and bfloat16, held as raw bits in `Uint16Array`, to and from float32.
 * Widening is exact; narrowing rounds to nearest, ties to even. NaN stays NaN (made quiet, its sign kept).
 */

const scratchFloat: Float32Array = new Float32Array(1);
const scratchBits: Uint32Array = new Uint32Array(scratchFloat.buffer);

let halfTable: Uint32Array | undefined;

/** The float32 bits of every float16, by its bits. */
function halfToFloatTable(): Uint32Array {
  if (halfTable !== undefined) return halfTable;
  const table = new Uint32Array(65536);
  for (let h = 0; h < 65536; h++) {
    const sign = (h & 0x8000) << 16;
    const exponent = (h >>> 10) & 0x1f;
    const mantissa = h & 0x3ff;
    if (exponent === 0x1f) {
      table[h] = sign | 0x7f800000 | (mantissa << 13);
    } else if (exponent !== 0) {
      table[h] = sign | ((exponent + 112) << 23) | (mantissa << 13);
    } else {
      scratchFloat[0] = mantissa * 2 ** -24; // zero or subnormal: exact in float32
      table[h] = sign | scratchBits[0]!;
    }
  }
  halfTable = table;
  return table;
}

/** float16 bits -> float32. `out`, when given, must have the same length. */
export function float16ToFloat32(
  bits: Uint16Array,
  out: Float32Array = new Float32Array(bits.length),
): Float32Array {
  checkLengths('float16ToFloat32', bits.length, out.length);
  const table = halfToFloatTable();
  const words = new Uint32Array(out.buffer, out.byteOffset, out.length); // through integers, so that NaN bits survive
  for (let i = 0; i < bits.length; i++) words[i] = table[bits[i]!]!;
  return out;
}

/** float32 -> float16 bits; magnitudes from 65520 on become infinity. */
export function float32ToFloat16(
  values: Float32Array,
  out: Uint16Array = new Uint16Array(values.length),
): Uint16Array {
  checkLengths('float32ToFloat16', values.length, out.length);
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < words.length; i++) {
    const x = words[i]!;
    const sign = (x >>> 16) & 0x8000;
    const magnitude = x & 0x7fffffff;
    let half: number;
    if (magnitude > 0x7f800000) {
      half = 0x7e00 | ((magnitude >>> 13) & 0x3ff);
    } else if (magnitude >= 0x477ff000) {
      half = 0x7c00;
    } else if (magnitude >= 0x38800000) {
      half = (magnitude + 0xfff + ((magnitude >>> 13) & 1) - 0x38000000) >>> 13;
    } else if (magnitude > 0x33000000) {
      // Below 2^-14: a multiple of 2^-24, rounded by hand.
      const shift = 126 - (magnitude >>> 23); // 14 .. 24
      const mantissa = (magnitude & 0x7fffff) | 0x800000;
      const rest = mantissa & ((1 << shift) - 1);
      const middle = 1 << (shift - 1);
      half = mantissa >>> shift;
      if (rest > middle || (rest === middle && (half & 1) === 1)) half++;
    } else {
      half = 0;
    }
    out[i] = sign | half;
  }
  return out;
}

/** bfloat16 bits -> float32. `out`, when given, must have the same length. */
export function bfloat16ToFloat32(
  bits: Uint16Array,
  out: Float32Array = new Float32Array(bits.length),
): Float32Array {
  checkLengths('bfloat16ToFloat32', bits.length, out.length);
  const words = new Uint32Array(out.buffer, out.byteOffset, out.length);
  for (let i = 0; i < bits.length; i++) words[i] = bits[i]! << 16;
  return out;
}

/** float32 -> bfloat16 bits. */
export function float32ToBfloat16(
  values: Float32Array,
  out: Uint16Array = new Uint16Array(values.length),
): Uint16Array {
  checkLengths('float32ToBfloat16', values.length, out.length);
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < words.length; i++) {
    const x = words[i]!;
    const nan = (x & 0x7fffffff) > 0x7f800000;
    out[i] = nan ? (x >>> 16) | 0x40 : (x + 0x7fff + ((x >>> 16) & 1)) >>> 16;
  }
  return out;
}

function checkLengths(who: string, from: number, to: number): void {
  if (from !== to) throw new RangeError(`${who}: out must hold ${from} values, got ${to}`);
}
