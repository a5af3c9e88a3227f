import { describe, expect, it } from 'vitest';
import { Random } from '../random/index.ts';
import { bfloat16ToFloat32, float16ToFloat32, float32ToBfloat16, float32ToFloat16 } from './float16.ts';

const all16 = Uint16Array.from({ length: 65536 }, (_, i) => i);
const half = (x: number): number => float32ToFloat16(Float32Array.of(x))[0]!;
const brain = (x: number): number => float32ToBfloat16(Float32Array.of(x))[0]!;

/** The value of float16 bits, from the definition. */
function valueOf16(h: number): number {
  const sign = h & 0x8000 ? -1 : 1;
  const e = (h >> 10) & 31;
  const m = h & 1023;
  if (e === 31) return m ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (e === 0 ? m * 2 ** -24 : (1024 + m) * 2 ** (e - 25));
}

describe('float16', () => {
  it('widens every value exactly', () => {
    const wide = float16ToFloat32(all16);
    for (let h = 0; h < 65536; h++) {
      if (!Object.is(wide[h], valueOf16(h))) expect.fail(`bits ${h} became ${wide[h]}`);
    }
  });

  it('survives a round trip for every value that is not NaN, and keeps NaN a NaN', () => {
    const back = float32ToFloat16(float16ToFloat32(all16));
    for (let h = 0; h < 65536; h++) {
      if (Number.isNaN(valueOf16(h)))
        expect((back[h]! & 0x7c00) === 0x7c00 && (back[h]! & 0x3ff) !== 0).toBe(true);
      else if (back[h] !== h) expect.fail(`bits ${h} became ${back[h]}`);
    }
  });

  it('rounds to nearest, ties to even, between every two neighbours', () => {
    for (let h = 0; h < 0x7bff; h++) {
      const low = valueOf16(h);
      const high = valueOf16(h + 1);
      const middle = (low + high) / 2; // exact in float32: one bit more than float16
      const even = h % 2 === 0 ? h : h + 1;
      const ulp = (high - low) / 4;
      if (half(middle) !== even || half(-middle) !== (even | 0x8000)) expect.fail(`tie above bits ${h}`);
      if (half(middle - ulp) !== h || half(middle + ulp) !== h + 1) expect.fail(`near bits ${h}`);
    }
  });

  it('knows overflow, underflow and the specials', () => {
    expect(half(65519.996)).toBe(0x7bff);
    expect(half(65520)).toBe(0x7c00);
    expect(half(1e30)).toBe(0x7c00);
    expect(half(Number.NEGATIVE_INFINITY)).toBe(0xfc00);
    expect(half(2 ** -25)).toBe(0);
    expect(half(2 ** -25 * 1.001)).toBe(1);
    expect(half(-0)).toBe(0x8000);
    expect(half(1e-44)).toBe(0);
    expect(half(Number.NaN) & 0x7fff).toBeGreaterThan(0x7c00);
  });
});

describe('bfloat16', () => {
  it('round-trips every value that is not NaN', () => {
    const wide = bfloat16ToFloat32(all16);
    const back = float32ToBfloat16(wide);
    for (let b = 0; b < 65536; b++) {
      const nan = (b & 0x7fff) > 0x7f80;
      if (Number.isNaN(wide[b]!) !== nan) expect.fail(`bits ${b} became ${wide[b]}`);
      if (!nan && back[b] !== b) expect.fail(`bits ${b} became ${back[b]}`);
    }
  });

  it('rounds to nearest, ties to even', () => {
    expect(brain(1)).toBe(0x3f80);
    expect(brain(1 + 2 ** -8)).toBe(0x3f80); // tie, even below
    expect(brain(1 + 3 * 2 ** -8)).toBe(0x3f82); // tie, even above
    expect(brain(1 + 2 ** -8 + 2 ** -20)).toBe(0x3f81);
    expect(brain(3.4e38)).toBe(0x7f80); // past the last finite value's half step
    expect(brain(Number.NaN) & 0x7fff).toBeGreaterThan(0x7f80);
    const x = Random.of(1, 'bfloat16').normals(1000);
    const y = bfloat16ToFloat32(float32ToBfloat16(x));
    for (let i = 0; i < x.length; i++)
      expect(Math.abs(x[i]! - y[i]!)).toBeLessThanOrEqual(Math.abs(x[i]!) * 2 ** -8);
  });
});

it('refuses an output of another length', () => {
  expect(() => float16ToFloat32(new Uint16Array(3), new Float32Array(2))).toThrow(
    /out must hold 3 values, got 2/,
  );
});
