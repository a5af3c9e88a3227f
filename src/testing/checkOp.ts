import { expect } from 'vitest';
import { vjp } from '../autodiff/index.ts';
import { draw, toHost } from '../conformance/opCases/draw.ts';
import { dot, type Nd, relativeError } from '../conformance/opCases/nd.ts';
import type { OpCase } from '../conformance/opCases/opCase.ts';
import { input, mul, type OpName, sum, type Tensor, type TensorData, topological } from '../graph/index.ts';
import { Random } from '../random/index.ts';
import { runGraph } from './runGraph.ts';

/** Checks an op's value against its reference, and its gradients against central differences of the reference. */
export async function checkOp(op: OpName, c: OpCase): Promise<void> {
  const random = Random.of(5, op, c.name);
  const values = c.inputs.map((spec) => draw(random, spec));
  const inputs = c.inputs.map((spec, i) => input(`x${i}`, spec.shape, spec.dtype ?? 'float32'));
  const feeds: Record<string, TensorData> = {};
  values.forEach((v, i) => {
    feeds[`x${i}`] = toHost(v, c.inputs[i]?.dtype ?? 'float32');
  });

  const y = c.build(...inputs);
  expect(topological([y]).nodes.map((n) => n.op)).toContain(op);
  const truth = c.reference(...values);
  expect(y.shape).toEqual(truth.shape);
  const alone = await runGraph({ y }, feeds);
  near(`value of ${op}`, alone.y, truth, c.tolerance ?? 2e-6);

  const floats = inputs.flatMap((t, i) => (t.dtype === 'float32' ? [i] : []));
  const wrt = floats.map((i) => inputs[i] as Tensor);
  const g = input('g', y.shape);
  if (c.gradients === 'none') {
    expect(() => vjp([y], [g], wrt)).toThrow(op);
    return;
  }
  const cotangent = draw(random, { shape: y.shape });
  const gradients = vjp([y], [g], wrt);
  const outputs: Record<string, Tensor> = { y };
  gradients.forEach((t, i) => {
    outputs[`d${i}`] = t;
  });
  const results = await runGraph(outputs, { ...feeds, g: toHost(cotangent, 'float32') });
  near(`value of ${op} beside its gradient`, results.y, truth, c.tolerance ?? 2e-6);

  const closed = c.gradient?.(cotangent, ...values);
  for (const [k, i] of floats.entries()) {
    const got = results[`d${k}`];
    const name = `gradient of ${op} for input ${i}`;
    const x = values[i] as Nd;
    const at = c.gradients === 'closed' ? [] : sample(random, x.data.length, closed !== undefined);
    const expected = at.map((j) =>
      c.gradients === 'zero' ? 0 : difference(x, j, 1e-5, () => dot(cotangent, c.reference(...values))),
    );
    const picked = { ...(got as TensorData), shape: [at.length], data: pick(got as TensorData, at) };
    near(name, picked, { shape: [at.length], data: Float64Array.from(expected) }, c.tolerance ?? 2e-5);
    if (closed) near(`${name} (closed form)`, got, closed[k] as Nd, c.tolerance ?? 2e-5);
  }
  if (c.second) await checkSecond(op, c, random, values, inputs, feeds);
}

/** The gradient of sum_k <v_k, d<w, y>/dx_k> against differences of the reference along the directions v. */
async function checkSecond(
  op: OpName,
  c: OpCase,
  random: Random,
  values: readonly Nd[],
  inputs: readonly Tensor[],
  feeds: Readonly<Record<string, TensorData>>,
): Promise<void> {
  const y = c.build(...inputs);
  const floats = inputs.flatMap((t, i) => (t.dtype === 'float32' ? [i] : []));
  const wrt = floats.map((i) => inputs[i] as Tensor);
  const w = draw(random, { shape: y.shape });
  const directions = wrt.map((t) => draw(random, { shape: t.shape }));
  const all: Record<string, TensorData> = { ...feeds, w: toHost(w, 'float32') };
  const inner = vjp([y], [input('w', y.shape)], wrt).map((t, k) => {
    all[`v${k}`] = toHost(directions[k] as Nd, 'float32');
    return sum(mul(t, input(`v${k}`, t.shape)));
  });
  const one = inner.map((_, k) => input(`one${k}`, []));
  for (const t of one)
    all[(t.source as { name: string }).name] = { dtype: 'float32', shape: [], data: Float32Array.of(1) };
  const outputs: Record<string, Tensor> = {};
  vjp(inner, one, wrt).forEach((t, k) => {
    outputs[`h${k}`] = t;
  });
  const results = await runGraph(outputs, all);

  const h = 1e-3;
  const moved = (s: number): number => {
    const shifted = values.map((v, i) => {
      const k = floats.indexOf(i);
      const direction = directions[k];
      return direction
        ? { shape: v.shape, data: v.data.map((e, j) => e + s * (direction.data[j] as number)) }
        : v;
    });
    return dot(w, c.reference(...shifted));
  };
  const directional = (): number => (moved(h) - moved(-h)) / (2 * h);
  for (const [k, i] of floats.entries()) {
    const x = values[i] as Nd;
    const at = sample(random, x.data.length, false);
    const expected = at.map((j) => difference(x, j, h, directional));
    const got = results[`h${k}`] as TensorData;
    const picked = { ...got, shape: [at.length], data: pick(got, at) };
    near(
      `second-order gradient of ${op} for input ${i}`,
      picked,
      { shape: [at.length], data: Float64Array.from(expected) },
      1e-4,
    );
  }
}

/** The central difference of `f` when element `j` of `x` moves. */
function difference(x: Nd, j: number, h: number, f: () => number): number {
  const before = x.data[j] as number;
  x.data[j] = before + h;
  const high = f();
  x.data[j] = before - h;
  const low = f();
  x.data[j] = before;
  return (high - low) / (2 * h);
}

/** All indices of a small array; some of a large one, few where a closed form checks the others. */
function sample(random: Random, size: number, few: boolean): number[] {
  const all = Array.from({ length: size }, (_, i) => i);
  return size <= 24 ? all : random.shuffle(all).slice(0, few ? 4 : 16);
}

function pick(t: TensorData, at: readonly number[]): Float32Array {
  return Float32Array.from(at, (j) => t.data[j] as number);
}

function near(what: string, got: TensorData | undefined, truth: Nd, tolerance: number): void {
  if (!got) throw new Error(`${what}: the run did not return it`);
  const error = relativeError(
    { shape: got.shape, data: Float64Array.from(got.data as Float32Array, Number) },
    truth,
  );
  expect(error, `${what}: relative error`).toBeLessThan(tolerance);
}
