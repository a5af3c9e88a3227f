import { grad } from '../src/autodiff/index.ts';
import type { Checkpoint } from '../src/checkpoints/index.ts';
import { compile, type Parameters, type Tensor, type TensorData } from '../src/graph/index.ts';
import type { ParameterSlot } from '../src/runtime/index.ts';
import { type ParityRow, parityRow } from './compare.ts';
import { worker } from './execute.ts';
import { floats, outputNames, outputThreshold } from './fixture.ts';

/** Float32 rounding alone gives about 5e-5 on a parameter's way; a forgotten weight decay gives 3e-3. */
const wayThreshold = 1e-3;
const steps = 3;

export interface TrainingCase {
  readonly io: ReadonlyMap<string, TensorData>;
  readonly weights: Checkpoint;
  readonly parameters: Parameters;
  readonly loss: Tensor;
  /** The inputs by their names behind `in.`. */
  readonly inputs: Readonly<Record<string, Tensor>>;
}

/**
 * Gradients at the first weights (`grad.*`, `grad_in.*`, `grad_norm`), then three AdamW steps on the same batch
 * (`loss` before each step and after the last; `after1.*` and `after3.*`, of which the way from the first weights
 * is compared).
 */
export async function trainingRows({
  io,
  weights,
  parameters,
  loss,
  inputs,
}: TrainingCase): Promise<ParityRow[]> {
  const trained = [...parameters];
  const fedInputs = Object.entries(inputs).filter(([name]) => io.has(`out.grad_in.${name}`));
  const gradients = grad(loss, [...trained.map((p) => p.tensor), ...fedInputs.map(([, t]) => t)]);
  const names = trained.map((_, i) => `gradient ${i}`);
  const program = compile({
    loss,
    ...Object.fromEntries(names.map((name, i) => [name, gradients[i] as Tensor])),
    ...Object.fromEntries(
      fedInputs.map(([name], i) => [`grad_in.${name}`, gradients[trained.length + i] as Tensor]),
    ),
  });

  const layout: ParameterSlot[] = [];
  let length = 0;
  for (const { name, shape, tensor } of trained) {
    layout.push({ name, shape, offset: length });
    length += tensor.size;
  }
  const start = new Float32Array(length);
  for (const { name, offset } of layout) start.set((await weights.readFloat32(name)).data, offset);
  const feeds = Object.fromEntries(
    program.inputs.flatMap(({ name }) =>
      name in inputs ? [[name, io.get(`in.${name}`) as TensorData]] : [],
    ),
  );

  const host = await worker();
  const store = await host.createStore(layout, length);
  await host.writeStore(store, 'parameters', start);
  const session = await host.load(program, {
    store,
    gradients: Object.fromEntries(names.map((name, i) => [name, trained[i]?.name as string])),
  });
  const actual = new Map<string, ArrayLike<number>>();
  const keep = (prefix: string, values: Float32Array): void => {
    for (const { name, shape, offset } of layout) {
      const size = shape.reduce((a, b) => a * b, 1);
      actual.set(`${prefix}.${name}`, values.subarray(offset, offset + size));
    }
  };
  try {
    keep('start', start);
    const losses: number[] = [];
    for (let step = 1; step <= steps; step++) {
      const { loss: before, ...others } = await session.run(feeds);
      losses.push(before?.data[0] as number);
      if (step === 1) {
        for (const [name, value] of Object.entries(others)) actual.set(name, value.data as Float32Array);
        keep('grad', await host.readStore(store, 'gradients'));
      }
      const { gradNorm } = await host.adamw(store, { lr: 1e-3, weightDecay: 0.01, step });
      if (step === 1) actual.set('grad_norm', [gradNorm]);
      keep(`after${step}`, await host.readStore(store, 'parameters'));
    }
    losses.push((await session.run(feeds)).loss?.data[0] as number);
    actual.set('loss', losses);
  } finally {
    await session.release();
    await host.dropStore(store);
  }
  return outputNames(io).map((name) => {
    const expected = floats(io, `out.${name}`);
    const [, parameter] = /^after\d+\.(.*)$/.exec(name) ?? [];
    const got = actual.get(name) ?? [];
    if (parameter === undefined) return parityRow(name, got, expected, outputThreshold);
    const from = actual.get(`start.${parameter}`) ?? [];
    return parityRow(name, way(from, got), way(from, expected), wayThreshold);
  });
}

const way = (from: ArrayLike<number>, to: ArrayLike<number>): Float64Array =>
  Float64Array.from(to, (v, i) => v - (from[i] ?? Number.NaN));
