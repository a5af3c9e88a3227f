import { describe, expect, it } from 'vitest';
import { concatRows, f32, rowsOf } from './data.ts';

describe('concatRows', () => {
  it('undoes rowsOf', () => {
    const data = Float32Array.from([1, 2, 3, 4, 5, 6]);
    expect(concatRows(rowsOf(f32(data, [3, 2])))).toEqual(data);
  });

  it('has nothing to say of no rows', () => {
    expect(concatRows([])).toHaveLength(0);
    expect(concatRows([], 3)).toHaveLength(0);
  });

  it('refuses rows of different widths, before any of them lands in another one', () => {
    const rows = [new Float32Array(2), new Float32Array(3)];
    expect(() => concatRows(rows)).toThrow(new RangeError('concatRows: row 1 must have 2 values, got 3'));
    expect(() => concatRows(rows, 3)).toThrow(new RangeError('concatRows: row 0 must have 3 values, got 2'));
  });
});
