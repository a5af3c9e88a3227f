import { describe, expect, it } from 'vitest';
import { pooledPatches } from './pooledPatches.ts';

describe('pooledPatches', () => {
  it('averages the patches of each quarter, picture by picture', () => {
    const tokens = 16; // 4 x 4 patches of width 2: their number, and its negative; the second picture has ten times as much
    const values = [1, 10].flatMap((k) => Array.from({ length: tokens }, (_, i) => [k * i, -k * i]).flat());
    const pooled = pooledPatches({ spatial: Float32Array.from(values), tokens, width: 2 }, 2);
    expect(pooled.map((p) => [...p])).toEqual([
      [2.5, -2.5, 4.5, -4.5, 10.5, -10.5, 12.5, -12.5],
      [25, -25, 45, -45, 105, -105, 125, -125],
    ]);
  });

  it('refuses patches that do not divide', () => {
    const spatial = new Float32Array(9);
    expect(() => pooledPatches({ spatial, tokens: 9, width: 1 }, 2)).toThrow(
      'pooledPatches: 9 patches do not divide into 2 x 2 parts',
    );
    expect(() => pooledPatches({ spatial, tokens: 8, width: 1 }, 2)).toThrow(RangeError);
  });
});
