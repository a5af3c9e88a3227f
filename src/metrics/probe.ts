/** A linear classifier on features of a frozen encoder: its accuracy measures what the encoder's features hold. Pure. */
export interface Probe {
  readonly classes: number;
  /** The most probable class, 0 .. classes - 1, of one row of features [d]. */
  classify(features: Float32Array): number;
}

export interface ProbeOptions {
  /** Weight of half the squared length of the weights (not of the biases), beside the mean cross-entropy. */
  readonly l2?: number;
  readonly iterations?: number;
}

/** What a probe learns from: standardised features [n, d] and their classes [n]. */
export interface ProbeProblem {
  readonly rows: readonly Float64Array[];
  readonly labels: readonly number[];
  readonly classes: number;
  readonly l2: number;
}

/**
 * Multinomial logistic regression with L2 (Bishop 2006, 4.3.4), by Nesterov's accelerated gradient on all rows at once,
 * from zero, with the step 1 / L that its curvature allows: convex and without a random number, so the same features
 * give the same probe. Features are standardised first.
 */
export function trainProbe(
  features: readonly Float32Array[], // n x [d]
  labels: readonly number[],
  classes: number,
  { l2 = 1e-3, iterations = 200 }: ProbeOptions = {},
): Probe {
  const first = features[0];
  if (!first || features.length !== labels.length) {
    throw new RangeError(
      `trainProbe: expected as many labels as rows, at least one, got ${features.length} rows and ${labels.length} labels`,
    );
  }
  if (labels.some((c) => !Number.isInteger(c) || c < 0 || c >= classes))
    throw new RangeError(`trainProbe: labels must be whole numbers from 0 to ${classes - 1}`);
  const { mean, scale } = standardisation(features);
  const rows = features.map((x) => standardised(x, mean, scale));
  const problem: ProbeProblem = { rows, labels, classes, l2 };
  const step = 1 / (0.5 * curvature(rows) + l2); // 1/2 bounds the softmax's own curvature (Boehning 1992)
  const width = first.length + 1;
  let weights = new Float64Array(classes * width);
  let ahead = weights;
  for (let t = 0; t < iterations; t++) {
    const { gradient } = probeLoss(problem, ahead);
    const next = ahead.map((w, i) => w - step * (gradient[i] as number));
    const momentum = t / (t + 3);
    const before = weights;
    ahead = next.map((w, i) => w + momentum * (w - (before[i] as number)));
    weights = next;
  }
  return {
    classes,
    classify: (x) => largest(scoresOf(standardised(x, mean, scale), weights, classes)),
  };
}

/** The loss and its gradient at weights [classes, d + 1], each class's bias behind its weights. */
export function probeLoss(
  { rows, labels, classes, l2 }: ProbeProblem,
  weights: Float64Array,
): { loss: number; gradient: Float64Array } {
  const width = weights.length / classes;
  const gradient = new Float64Array(weights.length);
  const errors = new Float64Array(classes);
  let loss = 0;
  for (const [i, row] of rows.entries()) {
    const scores = scoresOf(row, weights, classes);
    const top = Math.max(...scores);
    const exps = scores.map((s) => Math.exp(s - top));
    const total = exps.reduce((a, b) => a + b, 0);
    const label = labels[i] as number;
    loss += (Math.log(total) + top - (scores[label] as number)) / rows.length;
    for (let c = 0; c < classes; c++) {
      const error = ((exps[c] as number) / total - (c === label ? 1 : 0)) / rows.length;
      errors[c] = error;
      gradient[c * width + width - 1]! += error;
    }
    addOuter(gradient, errors, row);
  }
  for (let i = 0; i < weights.length; i++) {
    if (i % width === width - 1) continue;
    loss += (l2 / 2) * weights[i]! ** 2;
    gradient[i]! += l2 * weights[i]!;
  }
  return { loss, gradient };
}

/** Adds each class's error times the row to its gradient; two classes at a time, as a row is read half as often then. */
function addOuter(gradient: Float64Array, errors: Float64Array, row: Float64Array): void {
  const width = row.length + 1;
  let c = 0;
  for (; c + 2 <= errors.length; c += 2) {
    const [a, b] = [errors[c]!, errors[c + 1]!];
    const [p, q] = [c * width, (c + 1) * width];
    for (let j = 0; j < row.length; j++) {
      const x = row[j]!;
      gradient[p + j]! += a * x;
      gradient[q + j]! += b * x;
    }
  }
  for (; c < errors.length; c++)
    for (let j = 0; j < row.length; j++) gradient[c * width + j]! += errors[c]! * row[j]!;
}

/** Each class's score of a row [d]. */
function scoresOf(row: Float64Array, weights: Float64Array, classes: number): number[] {
  const width = row.length + 1;
  const scores = Array.from({ length: classes }, (_, c) => weights[c * width + row.length]!);
  // four classes at a time: their sums do not wait for each other, and a row is read a quarter as often
  let c = 0;
  for (; c + 4 <= classes; c += 4) {
    const [p, q, r, s] = [c * width, (c + 1) * width, (c + 2) * width, (c + 3) * width];
    let [a, b, d, e] = [scores[c]!, scores[c + 1]!, scores[c + 2]!, scores[c + 3]!];
    for (let j = 0; j < row.length; j++) {
      const x = row[j]!;
      a += weights[p + j]! * x;
      b += weights[q + j]! * x;
      d += weights[r + j]! * x;
      e += weights[s + j]! * x;
    }
    scores.splice(c, 4, a, b, d, e);
  }
  for (; c < classes; c++) {
    let score = scores[c]!;
    for (let j = 0; j < row.length; j++) score += weights[c * width + j]! * row[j]!;
    scores[c] = score;
  }
  return scores;
}

const largest = (scores: readonly number[]): number => scores.indexOf(Math.max(...scores));

function standardisation(features: readonly Float32Array[]): { mean: Float64Array; scale: Float64Array } {
  const d = features[0]!.length;
  const [mean, square] = [new Float64Array(d), new Float64Array(d)];
  for (const x of features) {
    if (x.length !== d) throw new RangeError(`trainProbe: expected rows of ${d} features, got ${x.length}`);
    for (let j = 0; j < d; j++) {
      mean[j]! += x[j]! / features.length;
      square[j]! += x[j]! ** 2 / features.length;
    }
  }
  const scale = square.map((s, j) => 1 / Math.sqrt(Math.max(s - mean[j]! ** 2, 1e-12)));
  return { mean, scale };
}

const standardised = (x: Float32Array, mean: Float64Array, scale: Float64Array): Float64Array =>
  Float64Array.from(x, (v, j) => (v - mean[j]!) * scale[j]!);

/** The largest eigenvalue of the rows' second moment (with the bias's 1), by power iteration and a tenth more. */
function curvature(rows: readonly Float64Array[]): number {
  let direction = new Float64Array(rows[0]!.length).fill(1);
  let value = 1;
  for (let t = 0; t < 30; t++) {
    const next = new Float64Array(direction.length);
    for (const row of rows) {
      let dot = 0;
      for (let j = 0; j < row.length; j++) dot += row[j]! * direction[j]!;
      for (let j = 0; j < row.length; j++) next[j]! += (dot * row[j]!) / rows.length;
    }
    value = Math.hypot(...next);
    if (value === 0) break;
    direction = next.map((v) => v / value);
  }
  return 1.1 * value + 1;
}
