/** The update rules of the multistep DPM-Solvers as weights of the sample, the predictions and the noise. */

export type DpmAlgorithm = 'dpmsolver++' | 'sde-dpmsolver++' | 'dpmsolver' | 'sde-dpmsolver';
/** Form of the second-order step of DPM-Solver. */
export type DpmSolverType = 'midpoint' | 'heun';

export interface MultistepRule {
  readonly algorithm: DpmAlgorithm;
  readonly solver: DpmSolverType;
}

export interface UpdateWeights {
  readonly ofSample: number;
  /** Newest prediction first; as many as the order. */
  readonly ofPredictions: readonly number[];
  readonly ofNoise: number;
}

/**
 * The weights of one update. `levels` are noise levels sigma / alpha, the coming one first, then those of the
 * predictions, newest first; the order is one less than their number (1 to 3).
 *
 * With lambda = log(alpha / sigma) and h its growth over the step, the update is
 * x_t = a x + c0 D0 + c1 D1 + c2 D2, where D0, D1, D2 are the newest prediction and its divided differences in
 * lambda (in units of h). DPM-Solver: arXiv 2206.00927, appendix D; DPM-Solver++ and its SDE form:
 * arXiv 2211.01095, algorithm 2 and section 4.3. As in the authors' code and every published result with it,
 * order 3 counts D2 once where a parabola's exact integral counts it twice: it is exact for lines only.
 */
export function weigh(rule: MultistepRule, levels: readonly number[]): UpdateWeights {
  const order = levels.length - 1;
  const lambdas = levels.map((level) => -Math.log(level));
  const h = lambdas[0]! - lambdas[1]!;
  if (h === 0) return { ofSample: 1, ofPredictions: new Array(order).fill(0), ofNoise: 0 };
  const target = preserving(levels[0]!);
  const source = preserving(levels[1]!);
  const { a, c0, c1, c2, noise } = integrals(rule, target, source, h, order);
  return { ofSample: a, ofPredictions: differences(lambdas, h, order, c0, c1, c2), ofNoise: noise };
}

export interface Point {
  readonly alpha: number;
  readonly sigma: number;
}

interface Integrals {
  readonly a: number;
  readonly c0: number;
  readonly c1: number;
  readonly c2: number;
  readonly noise: number;
}

function integrals(
  { algorithm, solver }: MultistepRule,
  t: Point,
  s: Point,
  h: number,
  order: number,
): Integrals {
  const heun = solver === 'heun' || order === 3; // the third order builds on Heun's form
  switch (algorithm) {
    case 'dpmsolver++': {
      const phi = Math.expm1(-h);
      return {
        a: t.sigma / s.sigma,
        c0: -t.alpha * phi,
        c1: heun ? t.alpha * (phi / h + 1) : -0.5 * t.alpha * phi,
        c2: -t.alpha * ((phi + h) / h ** 2 - 0.5),
        noise: 0,
      };
    }
    case 'dpmsolver': {
      const phi = Math.expm1(h);
      return {
        a: t.alpha / s.alpha,
        c0: -t.sigma * phi,
        c1: heun ? -t.sigma * (phi / h - 1) : -0.5 * t.sigma * phi,
        c2: -t.sigma * ((phi - h) / h ** 2 - 0.5),
        noise: 0,
      };
    }
    case 'sde-dpmsolver++': {
      const phi = -Math.expm1(-2 * h);
      return {
        a: (t.sigma / s.sigma) * Math.exp(-h),
        c0: t.alpha * phi,
        c1: heun ? t.alpha * (phi / (-2 * h) + 1) : 0.5 * t.alpha * phi,
        c2: 0,
        noise: t.sigma * Math.sqrt(phi),
      };
    }
    case 'sde-dpmsolver': {
      const phi = Math.expm1(h);
      return {
        a: t.alpha / s.alpha,
        c0: -2 * t.sigma * phi,
        c1: heun ? -2 * t.sigma * (phi / h - 1) : -t.sigma * phi,
        c2: 0,
        noise: t.sigma * Math.sqrt(Math.expm1(2 * h)),
      };
    }
  }
}

/** c0 D0 + c1 D1 + c2 D2, gathered into one weight a prediction m0, m1, m2. */
function differences(
  lambdas: readonly number[],
  h: number,
  order: number,
  c0: number,
  c1: number,
  c2: number,
): number[] {
  if (order === 1) return [c0];
  const r0 = (lambdas[1]! - lambdas[2]!) / h;
  // D1 = (m0 - m1) / r0
  if (order === 2) return [c0 + c1 / r0, -c1 / r0];
  const r1 = (lambdas[2]! - lambdas[3]!) / h;
  // first differences d0 = (m0 - m1) / r0 and d1 = (m1 - m2) / r1;
  // D1 = d0 + r0 / (r0 + r1) (d0 - d1), D2 = (d0 - d1) / (r0 + r1)
  const bend = (c1 * r0 + c2) / (r0 + r1);
  const [w0, w1] = [(c1 + bend) / r0, -bend / r1];
  return [c0 + w0, w1 - w0, -w1];
}

/** alpha and sigma of the variance-preserving view at a noise level sigma / alpha. */
export function preserving(level: number): Point {
  const alpha = 1 / Math.sqrt(level ** 2 + 1);
  return { alpha, sigma: level * alpha };
}
