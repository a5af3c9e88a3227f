import { expect } from 'vitest';
import { grad } from '../../../autodiff/index.ts';
import { runGraph } from '../../../autodiff/testing/runGraph.ts';
import {
  constant,
  f32,
  mul,
  type Parameters,
  sum,
  type Tensor,
  type TensorData,
  topological,
} from '../../../graph/index.ts';
import { Random } from '../../../random/index.ts';

function noise(random: Random, shape: readonly number[], scale: number): TensorData {
  const size = shape.reduce((a, b) => a * b, 1);
  return f32(Float32Array.from({ length: size }, () => scale * random.normal()), shape);
}

/** Standard normal values for every input, and for parameters values at which activations stay near one. */
export function freshValues(outputs: readonly Tensor[], parameters: Parameters): Record<string, TensorData> {
  const random = Random.of(3, 'values');
  const values: Record<string, TensorData> = {};
  for (const { source, shape } of topological(outputs).tensors) {
    if (source.kind === 'input') values[source.name] = noise(random, shape, 1);
  }
  for (const { name, shape } of parameters) {
    const inner = shape.slice(1).reduce((a, b) => a * b, 1);
    values[name] = noise(random, shape, shape.length > 1 ? 1 / Math.sqrt(inner) : 0.3);
    if (/norm\w*\.weight$/.test(name)) values[name].data.forEach((v, i, all) => { all[i] = 1 + Number(v); });
  }
  return values;
}

/** Compares the gradients of a random projection of `y` with differences along random directions of the parameters. */
export async function expectGradients(y: Tensor, parameters: Parameters): Promise<void> {
  const random = Random.of(4, 'directions');
  const loss = sum(mul(y, constant(noise(random, y.shape, 1 / Math.sqrt(y.size)))));
  const trained = [...parameters];
  const gradients = grad(loss, trained.map((p) => p.tensor));
  const values = freshValues([loss], parameters);
  const results = await runGraph(Object.fromEntries(gradients.map((g, i) => [`g${i}`, g])), values);
  for (let trial = 0; trial < 3; trial++) {
    let expected = 0;
    const step = 2e-3;
    const [ahead, behind] = [{ ...values }, { ...values }];
    trained.forEach(({ name, shape }, i) => {
      const direction = noise(random, shape, 1).data as Float32Array;
      const [at, g] = [values[name]?.data as Float32Array, results[`g${i}`]?.data as Float32Array];
      expected += g.reduce((total, v, k) => total + v * (direction[k] as number), 0);
      ahead[name] = f32(at.map((v, k) => v + step * (direction[k] as number)), shape);
      behind[name] = f32(at.map((v, k) => v - step * (direction[k] as number)), shape);
    });
    const [up, down] = [await runGraph({ loss }, ahead), await runGraph({ loss }, behind)];
    const slope = (Number(up.loss?.data[0]) - Number(down.loss?.data[0])) / (2 * step);
    expect(Math.abs(slope - expected)).toBeLessThan(0.01 * Math.max(1, Math.abs(expected)));
  }
}
