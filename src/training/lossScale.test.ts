import { describe, expect, it } from 'vitest';
import { LossScale } from './lossScale.ts';

describe('LossScale', () => {
  it('halves where gradients overflow, and doubles after 2000 steps that do not', () => {
    const scale = new LossScale();
    expect(scale.state.value).toBe(65_536);
    expect(scale.update(true)).toBe(true);
    expect(scale.state).toEqual({ value: 32_768, steady: 0, skipped: 1 });
    for (let i = 0; i < 1999; i++) scale.update(false);
    expect(scale.state).toEqual({ value: 32_768, steady: 1999, skipped: 1 });
    scale.update(false);
    expect(scale.state).toEqual({ value: 65_536, steady: 0, skipped: 1 });
    scale.enterPhase();
    expect(scale.state.skipped).toBe(0);
  });

  it('gives up at 1, and goes no higher than float32 stays exact', () => {
    expect(new LossScale({ value: 1, steady: 0, skipped: 0 }).update(true)).toBe(false);
    const scale = new LossScale({ value: 2 ** 24, steady: 1999, skipped: 0 });
    scale.update(false);
    expect(scale.state.value).toBe(2 ** 24);
  });
});
