import { expect } from 'vitest';
import { grad } from '../autodiff/index.ts';
import {
  compile,
  constant,
  f32,
  mul,
  type Parameters,
  sizeOf,
  sum,
  type Tensor,
  type TensorData,
  topological,
} from '../graph/index.ts';
import { Random } from '../random/index.ts';
import { WorkerHost } from '../runtime/index.ts';

function noise(random: Random, shape: readonly number[], scale: number): TensorData {
  return f32(
    random.normals(sizeOf(shape)).map((v) => scale * v),
    shape,
  );
}

/** Standard normal values for every float input, and for parameters values at which activations stay near one. */
export function freshValues(
  outputs: readonly Tensor[],
  parameters: Parameters,
  seed = 3,
): Record<string, TensorData> {
  const random = Random.of(seed, 'values');
  const values: Record<string, TensorData> = {};
  for (const { source, shape } of topological(outputs).tensors) {
    if (source.kind === 'input') values[source.name] = noise(random, shape, 1);
  }
  for (const { name, shape } of parameters) {
    const { data } = noise(random, shape, shape.length > 1 ? 1 / Math.sqrt(sizeOf(shape.slice(1))) : 0.3);
    const centre = /norm\w*\.weight$/.test(name) ? 1 : 0;
    values[name] = f32(
      (data as Float32Array).map((v) => centre + v),
      shape,
    );
  }
  return values;
}

const length = (v: Float32Array): number => Math.hypot(...v);
const dot = (a: Float32Array, b: Float32Array): number => a.reduce((t, v, i) => t + v * (b[i] as number), 0);

/**
 * Compares the gradient of a random projection of `y` with respect to one parameter of every kind with the
 * difference of the loss along one direction: half along that gradient, half random.
 */
export async function expectGradients(y: Tensor, parameters: Parameters): Promise<void> {
  const random = Random.of(4, 'directions');
  const loss = sum(mul(y, constant(noise(random, y.shape, 1 / Math.sqrt(y.size)))));
  // layers of the same name in other blocks are of the same kind
  const kinds = new Map([...parameters].map((p) => [p.name.replace(/^.*_blocks?\.(\d+\.)?/, ''), p]));
  const trained = [...kinds.values()];
  const gradients = grad(
    loss,
    trained.map((p) => p.tensor),
  );
  const values = freshValues([loss], parameters);
  const host = await WorkerHost.start({ threads: 1 });
  try {
    const backward = await host.load(compile(Object.fromEntries(gradients.map((g, i) => [`g${i}`, g]))));
    const forward = await host.load(compile({ loss }));
    const fed = (v: typeof values, names: readonly { name: string }[]) =>
      Object.fromEntries(names.map(({ name }) => [name, v[name] as TensorData]));
    const results = await backward.run(fed(values, backward.inputs));
    const lossAt = async (v: typeof values): Promise<number> =>
      Number((await forward.run(fed(v, forward.inputs))).loss?.data[0]);

    for (const [i, { name, shape }] of trained.entries()) {
      const g = results[`g${i}`]?.data as Float32Array;
      const r = random.normals(g.length);
      const size = length(g);
      const direction = g.map((v, k) => (size > 0 ? v / size : 0) + (r[k] as number) / length(r));
      const moved = async (step: number): Promise<number> => {
        const at = values[name]?.data as Float32Array;
        return lossAt({
          ...values,
          [name]: f32(
            at.map((v, k) => v + step * (direction[k] as number)),
            shape,
          ),
        });
      };
      // a larger step strays from the tangent, as these models bend sharply; a smaller one drowns in rounding
      const step = 1e-3;
      const slope = ((await moved(step)) - (await moved(-step))) / (2 * step);
      const wrong = Math.abs(slope - dot(g, direction));
      expect(wrong, `${name}: slope ${slope}, gradient ${dot(g, direction)}`).toBeLessThan(
        1e-3 + 0.02 * size,
      );
    }
  } finally {
    await host.close();
  }
}
