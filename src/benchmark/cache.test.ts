import { describe, expect, it } from 'vitest';
import { fromText, keyOf, toText } from './cache.ts';

describe('the benchmark’s cache', () => {
  it('keeps floats to the bit, and knows settings apart', () => {
    const values = Float32Array.of(1 / 3, -0, 1e-40);
    expect(fromText(toText(values.subarray(1)))).toEqual(values.slice(1));
    expect(keyOf({ a: 1 })).toBe(keyOf({ a: 1 }));
    expect(keyOf({ a: 1 })).not.toBe(keyOf({ a: 2 }));
  });
});
