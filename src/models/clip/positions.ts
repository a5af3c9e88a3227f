import { f32, type TensorData } from '../../graph/index.ts';

/**
 * LongCLIP's knowledge-preserving stretching of a position table (Zhang et al., 2024): the first `keep` rows stay,
 * the others are interpolated to `factor` times as many; what lies beyond the last row goes on in the direction of
 * the last two. float32 [n, d] -> [factor * n - (factor - 1) * keep, d]: 77 rows become 248.
 */
export function stretchPositions(table: TensorData, keep = 20, factor = 4): TensorData {
  const [n, d] = table.shape as [number, number];
  if (table.dtype !== 'float32' || table.shape.length !== 2) {
    throw new RangeError(`stretchPositions: expected float32 [n, d], got ${table.dtype} [${table.shape}]`);
  }
  const whole = Number.isInteger(keep) && Number.isInteger(factor);
  if (!whole || keep < 0 || keep > n || factor < 1 || (keep < n && n < 2)) {
    throw new RangeError(
      `stretchPositions: keep must be from 0 to ${n} and factor from 1, got ${keep} and ${factor}`,
    );
  }
  const source = table.data as Float32Array;
  const rows = keep + (n - keep) * factor;
  const out = new Float32Array(rows * d);
  out.set(source.subarray(0, keep * d));
  for (let row = keep; row < rows; row++) {
    const at = keep + Math.floor((row - keep) / factor);
    const share = ((row - keep) % factor) / factor;
    const from = Math.min(at, n - 2); // the line through two neighbours; past the end, the last two
    const along = at - from + share;
    for (let c = 0; c < d; c++) {
      const a = source[from * d + c] as number;
      const b = source[(from + 1) * d + c] as number;
      out[row * d + c] = a + along * (b - a);
    }
  }
  return f32(out, [rows, d]);
}
