/**
 * Classifier-free guidance (Ho & Salimans 2022): unconditional + scale (conditional - unconditional).
 * `scale` is one number, or one for each of the equal rows that the arrays divide into, such as frames.
 */
export function guide(
  unconditional: Float32Array, // [rows, ...]
  conditional: Float32Array, // [rows, ...]
  scale: number | readonly number[],
): Float32Array {
  const scales = typeof scale === 'number' ? [scale] : scale;
  const size = conditional.length / scales.length;
  if (unconditional.length !== conditional.length || !Number.isInteger(size)) {
    throw new RangeError(
      `guide: expected two predictions of equal length that divide into ${scales.length} rows, ` +
        `got ${unconditional.length} and ${conditional.length}`,
    );
  }
  return unconditional.map((u, i) => u + scales[Math.floor(i / size)]! * (conditional[i]! - u));
}

/** `frames` guidance scales rising evenly from `min` to `max`, as for Stable Video Diffusion. */
export function risingGuidance(min: number, max: number, frames: number): number[] {
  return Array.from({ length: frames }, (_, i) =>
    frames > 1 ? min + ((max - min) * i) / (frames - 1) : min,
  );
}

/**
 * Pulls a guided prediction's spread back to the conditional one's, by the share `phi`, sample by sample
 * (Lin et al. 2023, section 3.4): guards against overexposure at high scales.
 */
export function rescaleGuidance(
  guided: Float32Array, // [batch, ...]
  conditional: Float32Array, // [batch, ...]
  phi: number,
  batch = 1,
): Float32Array {
  const size = guided.length / batch;
  const factors = Array.from({ length: batch }, (_, n) => {
    const part = (x: Float32Array) => deviation(x.subarray(n * size, (n + 1) * size));
    const spread = part(guided);
    return spread > 0 ? phi * (part(conditional) / spread) + (1 - phi) : 1;
  });
  return guided.map((x, i) => x * factors[Math.floor(i / size)]!);
}

function deviation(x: Float32Array): number {
  const mean = x.reduce((a, b) => a + b, 0) / x.length;
  return Math.sqrt(x.reduce((a, b) => a + (b - mean) ** 2, 0) / x.length);
}
