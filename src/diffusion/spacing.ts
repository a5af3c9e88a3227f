/** Which timesteps and noise levels a sampler visits. */

/** Table 2 of "Common diffusion noise schedules and sample steps are flawed" (Lin et al. 2023). */
export type TimestepSpacing = 'linspace' | 'leading' | 'trailing';

/** `n` even float64 steps from `start` to `end`, both included. */
export function linspace(start: number, end: number, n: number): Float64Array {
  const step = n > 1 ? (end - start) / (n - 1) : 0;
  return Float64Array.from({ length: n }, (_, i) => (n > 1 && i === n - 1 ? end : start + i * step));
}

/** Rounds halves to the even neighbour. */
export function roundHalfEven(x: number): number {
  const down = Math.floor(x);
  const rest = x - down;
  if (rest !== 0.5) return rest < 0.5 ? down : down + 1;
  return down % 2 === 0 ? down : down + 1;
}

/** 0, ratio, 2 ratio, ... moved up by `offset`, from the last to the first. */
export function leading(ratio: number, n: number, offset: number): Float64Array {
  return Float64Array.from({ length: n }, (_, i) => (n - 1 - i) * ratio + offset);
}

/** last, last - total/n, ... while above 0, each rounded, less 1. Float error can make it one longer than `n`. */
export function trailing(last: number, total: number, n: number): Float64Array {
  const delta = last - total / n - last;
  const length = Math.ceil(last / (total / n));
  return Float64Array.from({ length }, (_, i) => roundHalfEven(last + i * delta) - 1);
}

/** The timesteps of DDPM and DDIM: integers, high to low. */
export function integerTimesteps(
  spacing: TimestepSpacing,
  total: number,
  n: number,
  offset: number,
): Float64Array {
  switch (spacing) {
    case 'linspace':
      return linspace(0, total - 1, n)
        .map(roundHalfEven)
        .reverse();
    case 'leading':
      return leading(Math.floor(total / n), n, offset);
    case 'trailing':
      return trailing(total, total, n);
  }
}

/** Checks a number of inference steps: an integer from 1 to the number of training timesteps. */
export function checkSteps(who: string, n: number, total: number): void {
  if (!Number.isInteger(n) || n < 1 || n > total) {
    throw new RangeError(`${who}: steps must be an integer from 1 to ${total}, got ${n}`);
  }
}

/** Linear interpolation of a table at a fractional index, held constant outside it. */
export function interpolate(table: ArrayLike<number>, index: number): number {
  const last = table.length - 1;
  if (index <= 0) return table[0]!;
  if (index >= last) return table[last]!;
  const low = Math.floor(index);
  return table[low]! + (index - low) * (table[low + 1]! - table[low]!);
}

/** Noise levels from `max` to `min`, even in sigma^(1/rho)   (Karras et al. 2022, equation 5; rho = 7). */
export function karrasSigmas(min: number, max: number, n: number, rho = 7): Float64Array {
  const low = min ** (1 / rho);
  const high = max ** (1 / rho);
  return linspace(0, 1, n).map((ramp) => (high + ramp * (low - high)) ** rho);
}

/** The fractional training timestep of a noise level: linear in log sigma between the rows of a rising table. */
export function timestepOfSigma(sigma: number, logSigmas: Float32Array): number {
  const target = Math.log(Math.max(sigma, 1e-10));
  let low = 0;
  while (low < logSigmas.length - 2 && logSigmas[low + 1]! <= target) low++;
  const [a, b] = [logSigmas[low]!, logSigmas[low + 1]!];
  const weight = Math.min(Math.max((a - target) / (a - b), 0), 1);
  return (1 - weight) * low + weight * (low + 1);
}
