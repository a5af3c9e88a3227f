/**
 * The 256 values of dynamic 8-bit numbers, ascending from -1 (or 0) to 1 (Dettmers et al., 2022, "8-bit Optimizers via
 * Block-wise Quantization", section 1.3): seven powers of ten, the larger ones cut into more steps, so that small and
 * large numbers both keep their relative precision. As bitsandbytes' `create_dynamic_map`.
 * @param signed for the first moment; the second one has no negative values, and twice the steps
 */
export function dynamicMap(signed: boolean): Float32Array {
  const exponents = 7;
  const values = [0, 1];
  for (let i = 0; i < exponents; i++) {
    const steps = 2 ** i * (signed ? 1 : 2);
    const width = 0.9 / steps;
    for (let s = 0; s < steps; s++) {
      const mean = (0.1 + width * (s + 0.5)) * 10 ** (i - exponents + 1);
      values.push(mean);
      if (signed) values.push(-mean);
    }
  }
  return Float32Array.from(values).sort();
}

/** Finds the nearest value of a map quickly: the upper half of a float's bits says nearly which it is. */
export class NearestCode {
  private readonly first = new Uint8Array(65_536);
  private readonly middles: Float32Array;
  private readonly bits = new Uint32Array(1);
  private readonly float = new Float32Array(this.bits.buffer);

  constructor(map: Float32Array) {
    this.middles = Float32Array.from({ length: map.length }, (_, i) =>
      i + 1 < map.length ? ((map[i] as number) + (map[i + 1] as number)) / 2 : Number.POSITIVE_INFINITY,
    );
    for (let high = 0; high < 65_536; high++) {
      // the least of all floats with these upper bits
      this.bits[0] = high < 0x8000 ? high << 16 : (high << 16) | 0xffff;
      const least = this.float[0] as number;
      let code = 0;
      while (code < map.length - 1 && least > (this.middles[code] as number)) code++;
      this.first[high] = code;
    }
  }

  /** The code of the value that is nearest to `x`. */
  of(x: number): number {
    this.float[0] = x;
    const value = this.float[0] as number;
    let code = this.first[(this.bits[0] as number) >>> 16] as number;
    while (value > (this.middles[code] as number)) code++;
    return code;
  }
}
