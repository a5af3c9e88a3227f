/** What a checkpoint keeps of a `LossScale`. */
export interface LossScaleState {
  readonly value: number;
  /** Steps since it last changed. */
  readonly steady: number;
  /** Steps of the phase that were left out. */
  readonly skipped: number;
}

const growEvery = 2000;
const largest = 2 ** 24;

/**
 * Dynamic loss scaling (Micikevicius et al., 2018, "Mixed Precision Training"): gradients are computed of a multiple of
 * the loss, so that small ones do not vanish in half precision. Where they overflow the step is left out and the multiple
 * halved; after 2000 steps without that it is doubled.
 */
export class LossScale {
  private current: LossScaleState;

  constructor(state: LossScaleState = { value: 2 ** 16, steady: 0, skipped: 0 }) {
    this.current = state;
  }

  get state(): LossScaleState {
    return this.current;
  }

  /** A new phase counts its steps from 1. */
  enterPhase(): void {
    this.current = { ...this.current, skipped: 0 };
  }

  /** After a step, which overflowed or not. Returns false where the scale is 1 and it overflowed all the same. */
  update(overflowed: boolean): boolean {
    const { value, steady, skipped } = this.current;
    if (overflowed) {
      this.current = { value: value / 2, steady: 0, skipped: skipped + 1 };
      return value > 1;
    }
    const grows = steady + 1 === growEvery;
    this.current = {
      value: grows ? Math.min(value * 2, largest) : value,
      steady: grows ? 0 : steady + 1,
      skipped,
    };
    return true;
  }
}
