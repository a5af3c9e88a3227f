import { describe, expect, it } from 'vitest';
import { compare, spreadOf } from './statistics.ts';

describe('spreadOf', () => {
  it('is the mean and the deviation with n - 1', () => {
    expect(spreadOf([2, 4, 4, 4, 5, 5, 7, 9])).toEqual({ mean: 5, deviation: Math.sqrt(32 / 7) });
    expect(spreadOf([3])).toEqual({ mean: 3 });
    expect(spreadOf([])).toBeUndefined();
  });

  it('of equal values is exactly 0, where a plain sum would round', () => {
    const lt = 60 / 65;
    expect(spreadOf([lt, lt, lt])).toEqual({ mean: lt, deviation: 0 });
  });
});

describe('compare', () => {
  const [low, high] = [
    [0.1, 0.2, 0.3],
    [0.5, 0.6, 0.7],
  ]; // both deviate by 0.1

  it('asks whether the means differ by more than the pooled deviation, in the direction of the paper', () => {
    expect(compare(high, low, 'higher')).toMatchObject({ verdict: 'reproduced' });
    expect(compare(high, low, 'higher').difference).toBeCloseTo(0.4, 12);
    expect(compare(high, low, 'higher').spread).toBeCloseTo(0.1, 12);
    expect(compare(low, high, 'higher').verdict).toBe('not reproduced');
    expect(compare(low, high, 'lower').verdict).toBe('reproduced');
    expect(compare(low, high, 'lower').difference).toBeCloseTo(0.4, 12);
  });

  it('decides nothing where the spread is wider, or unknown', () => {
    const wide = [0, 0.2, 0.7]; // deviates by 0.36, so that the pooled deviation is 0.26
    expect(compare(wide, low, 'higher').verdict).toBe('within the spread');
    expect(compare(low, wide, 'higher').verdict).toBe('within the spread');
    expect(compare([1], low, 'higher')).toEqual({
      ...{ difference: expect.any(Number), agreeing: 1, seeds: 1, verdict: 'no spread' },
    });
    expect(compare([1, 1], [1, 1], 'higher')).toEqual({
      ...{ difference: 0, spread: 0, agreeing: 0, seeds: 2, verdict: 'within the spread' },
    });
    expect(compare(wide, low, 'higher')).toMatchObject({ agreeing: 1, seeds: 3 });
    expect(compare(wide, low, 'lower')).toMatchObject({ agreeing: 1 }); // in the second seed both are the same
    expect(() => compare([], low, 'higher')).toThrow(/at least one value/);
  });
});
