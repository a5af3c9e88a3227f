import { describe, expect, it } from 'vitest';
import { attentionBias, causalBias, masked } from './causal.ts';

const visible = (data: ArrayLike<number>): number[] =>
  Array.from(data, (v) => (v === 0 ? 1 : v === Math.fround(masked) ? 0 : -1));

describe('attentionBias', () => {
  it('is the causal mask where there is no cache', () => {
    const source = causalBias(3).source;
    const constant = source.kind === 'constant' ? source.value : undefined;
    expect(attentionBias({ length: 3 })).toEqual(constant);
    expect(visible(attentionBias({ length: 3 }).data as Float32Array)).toEqual([1, 0, 0, 1, 1, 0, 1, 1, 1]);
  });

  it('shows filled slots, hides free ones', () => {
    const bias = attentionBias({ length: 2, capacity: 3, filled: 1 });
    expect(bias.shape).toEqual([1, 1, 2, 5]);
    // slot 0 is filled, 1 and 2 are free, then the two new positions
    expect(visible(bias.data as Float32Array)).toEqual([1, 0, 0, 1, 0, 1, 0, 0, 1, 1]);
  });

  it('hides padding in the cache and among the new positions', () => {
    const mask = [0, 1, 1, /* second row */ 0, 0, 1];
    const bias = attentionBias({ batch: 2, length: 1, capacity: 2, filled: 2, mask });
    expect(bias.shape).toEqual([2, 1, 1, 3]);
    expect(visible(bias.data as Float32Array)).toEqual([0, 1, 1, 0, 0, 1]);
  });

  it('checks how much is filled and the size of the mask', () => {
    expect(() => attentionBias({ length: 1, capacity: 2, filled: 3 })).toThrow(
      'from 0 to the capacity 2, got 3',
    );
    expect(() => attentionBias({ length: 2, mask: [1] })).toThrow('mask must be [1, 2], got 1 values');
  });
});
