import { describe, expect, it } from 'vitest';
import { cellsOf, row } from './rows.ts';

describe('a row of the benchmark', () => {
  it('judges a figure by its bar, in both directions', () => {
    expect(row('x', { figure: 0.92, atLeast: 0.92 })).toMatchObject({ bar: 'at least 0.920', met: true });
    expect(row('x', { figure: 0.04, atMost: 0.03, rule: 'so' })).toMatchObject({
      bar: 'at most 0.030 (so)',
      met: false,
    });
    expect(row('x', { figure: 1 })).not.toHaveProperty('met');
  });

  it('says why there is no figure, and names the ceilings', () => {
    const made = row('LT', { figure: undefined, without: 'no detector', atLeast: 0.85, paper: '0.814' });
    expect(cellsOf(made)).toEqual(['LT', 'left out: no detector', '', 'at least 0.850', '', '0.814']);
    const other = row('score', { figure: 21.04, ceilings: { truth: 25, VAE: undefined }, atLeast: 23.2 });
    expect(
      row('LT', { figure: 0.9, ceilings: { truth: 0.94, VAE: 0.8 }, atLeast: 0.95, rule: 'so' }).bar,
    ).toBe('at least 0.950 (so; above its ceiling, truth 0.940)');
    expect(row('LT', { figure: 0.9, ceilings: { truth: 0.96, VAE: 0.8 }, atLeast: 0.95 }).bar).toBe(
      'at least 0.950',
    );
    expect(cellsOf(other)).toEqual(['score', '21.0', 'truth 25.0', 'at least 23.2', 'no', '']);
  });
});
