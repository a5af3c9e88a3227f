import { describe, expect, it } from 'vitest';
import { Random } from '../random/index.ts';
import { dequantizeRows, quantizeRows } from './quantize.ts';

describe('quantizeRows', () => {
  const values = Random.of(3, 'weights').normals(32 * 40);

  it.each([4, 8] as const)('stays within a scale of %i-bit values', (bits) => {
    const { packed, scales } = quantizeRows(values, bits, 32);
    expect(packed).toHaveLength((values.length * bits) / 8);
    const back = dequantizeRows({ packed, scales }, bits, 32);
    for (const [i, v] of values.entries()) {
      const scale = Math.abs(scales[Math.floor(i / 32)] as number);
      expect(Math.abs(v - (back[i] as number))).toBeLessThanOrEqual(scale * 1.0001);
    }
    const error = Math.hypot(...values.map((v, i) => v - (back[i] as number))) / Math.hypot(...values);
    // uniform round-off: scale / sqrt(12), where the scale is about 2.2 standard deviations over 2^(bits - 1)
    expect(error).toBeLessThan(bits === 4 ? 0.1 : 0.006);
    expect(error).toBeGreaterThan(bits === 4 ? 0.06 : 0.0035);
  });

  it('keeps the largest value of each block exactly, and zeros', () => {
    const row = new Float32Array(32);
    row[3] = 0.75;
    row[9] = -0.25;
    const back = dequantizeRows(quantizeRows(row, 4, 32), 4, 32);
    expect(back[3]).toBe(0.75);
    expect(back[9]).toBeCloseTo(-0.28125, 6); // 3 of 8 steps of 0.09375
    expect(back[0]).toBeCloseTo(0, 10);
    expect(quantizeRows(new Float32Array(32), 4, 32).scales[0]).toBe(0);
  });

  it('refuses rows that are no whole blocks', () => {
    expect(() => quantizeRows(new Float32Array(33), 4, 32)).toThrow(
      '33 values are no whole number of blocks of 32',
    );
  });
});
