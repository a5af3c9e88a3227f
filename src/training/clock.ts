/** Samples a second over the last minute, and what is left at that speed. */
export class Clock {
  private readonly marks: { step: number; time: number }[];

  /** @param step steps done at the start */
  constructor(step: number) {
    this.marks = [{ step, time: performance.now() / 1000 }];
  }

  /** After `step` of `steps` with `batch` samples each. */
  tick(step: number, steps: number, batch: number): { samplesPerSecond: number; secondsLeft: number } {
    const time = performance.now() / 1000;
    this.marks.push({ step, time });
    while (this.marks.length > 2 && time - (this.marks[0] as { time: number }).time > 60) this.marks.shift();
    const first = this.marks[0] as { step: number; time: number };
    const perSecond = (step - first.step) / Math.max(time - first.time, 1e-6);
    return { samplesPerSecond: perSecond * batch, secondsLeft: (steps - step) / perSecond };
  }
}
