import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readConfig, SafetensorsFile } from '../src/checkpoints/index.ts';
import {
  addNoise,
  createScheduler,
  type NoiseSchedule,
  type Scheduler,
  type StepResult,
  velocity,
} from '../src/diffusion/index.ts';
import type { TensorData } from '../src/graph/data.ts';
import { compare, type ParityRow, parityRow, worst } from './compare.ts';

const threshold = 1e-4;

/**
 * Compares noise tables, noising and whole sampling trajectories with the `schedulers` fixture in `dir`. The
 * cases are the configs in `dir/configs`; how each was run is in the fixture's README. The fake model is
 * 0.1 input + sin(t); each case runs freely from its first sample, so errors add up as they would in use.
 */
export async function run(dir: string): Promise<ParityRow[]> {
  const tensors = await readAll(join(dir, 'io.safetensors'));
  const files = (await readdir(join(dir, 'configs'))).filter((f) => f.endsWith('.json')).sort();
  const cases = await Promise.all(
    files.map(async (file) => ({
      name: file.slice(0, -'.json'.length),
      scheduler: createScheduler(await readConfig(join(dir, 'configs', file))),
    })),
  );
  const rows = trainRows(
    tensors,
    cases.map((c) => c.scheduler.schedule),
  );
  for (const { name, scheduler } of cases) rows.push(...caseRows(name, scheduler, tensors));
  return rows;
}

type Tensors = ReadonlyMap<string, TensorData>;

async function readAll(path: string): Promise<Tensors> {
  const file = await SafetensorsFile.open(path);
  try {
    const tensors = new Map<string, TensorData>();
    for (const name of file.names()) tensors.set(name, await file.read(name));
    return tensors;
  } finally {
    await file.close();
  }
}

function floats(tensors: Tensors, name: string): Float32Array {
  const tensor = tensors.get(name);
  if (!tensor) throw new Error(`schedulers fixture: io.safetensors has no tensor "${name}"`);
  return Float32Array.from(tensor.data as ArrayLike<number | bigint>, Number);
}

/** The fixture does not name the config behind `train.*`: it is the one of its configs that comes nearest. */
function trainRows(tensors: Tensors, schedules: readonly NoiseSchedule[]): ParityRow[] {
  if (!tensors.has('train.betas')) return [];
  const betas = floats(tensors, 'train.betas');
  const miss = (s: NoiseSchedule) => compare(s.betas, betas).relL2;
  const schedule = schedules.reduce((a, b) => (miss(b) < miss(a) ? b : a));
  const original = floats(tensors, 'train.x0');
  const noise = floats(tensors, 'in.noise');
  const timesteps = [...floats(tensors, 'train.timesteps')];
  const each = (f: typeof addNoise) => timesteps.map((t) => f(schedule, original, noise, [t]));
  return [
    parityRow('train.betas', schedule.betas, betas, threshold),
    parityRow(
      'train.alphas_cumprod',
      schedule.alphasCumprod,
      floats(tensors, 'train.alphas_cumprod'),
      threshold,
    ),
    rowByRow('train.noisy', each(addNoise), tensors),
    rowByRow('train.velocity', each(velocity), tensors),
  ];
}

function caseRows(name: string, scheduler: Scheduler, tensors: Tensors): ParityRow[] {
  const eta = tensors.has(`${name}.eta`) ? floats(tensors, `${name}.eta`)[0]! : 0;
  const count = floats(tensors, `${name}.timesteps`).length;
  const walk = scheduler.trajectory(requestedSteps(scheduler, count), { eta });
  const noise = floats(tensors, 'in.noise');
  const batch = tensors.get('in.noise')!.shape[0] ?? 1;

  const xs: Float32Array[] = [noise.map((e) => e * walk.initNoiseSigma)];
  const inputs: Float32Array[] = [];
  const outputs: Float32Array[] = [];
  const originals: Float32Array[] = [];
  let history: StepResult['history'] = [];
  let drawn = 0;
  for (const [index, t] of walk.timesteps.entries()) {
    const sample = xs[index]!;
    const input = walk.scaleModelInput(sample, index);
    const output = input.map((x) => Math.fround(0.1) * x + Math.sin(t));
    const fresh = walk.drawsNoise(index) ? { noise: stepNoise(tensors, drawn++, sample.length) } : {};
    const result = walk.step({ index, sample, history, batch, ...fresh }, output);
    history = result.history;
    xs.push(result.prevSample);
    inputs.push(input);
    outputs.push(output);
    originals.push(result.predOriginal);
  }

  const rows = [
    parityRow(`${name}.timesteps`, walk.timesteps, floats(tensors, `${name}.timesteps`), threshold),
    parityRow(
      `${name}.init_noise_sigma`,
      [walk.initNoiseSigma],
      floats(tensors, `${name}.init_noise_sigma`),
      threshold,
    ),
  ];
  const optional = (key: string, row: (name: string) => ParityRow) => {
    if (tensors.has(`${name}.${key}`)) rows.push(row(`${name}.${key}`));
  };
  optional('sigmas', (key) => parityRow(key, walk.sigmas ?? [], floats(tensors, key), threshold));
  optional('model_input', (key) => rowByRow(key, inputs, tensors));
  // as a whole: where sin(t) crosses zero, a row of its own is next to nothing
  optional('model_output', (key) =>
    parityRow(key, Float32Array.from(outputs.flatMap((o) => [...o])), floats(tensors, key), threshold),
  );
  optional('pred_original_sample', (key) => rowByRow(key, originals, tensors));
  optional('x', (key) => rowByRow(key, xs, tensors));
  return rows;
}

/** The number of steps that was asked for: usually that of the timesteps, though "trailing" may give one more. */
function requestedSteps(scheduler: Scheduler, count: number): number {
  const total = scheduler.schedule.betas.length;
  return (
    [count, count - 1].find((n) => n >= 1 && n <= total && scheduler.timesteps(n).length === count) ?? count
  );
}

function stepNoise(tensors: Tensors, k: number, size: number): Float32Array {
  const all = floats(tensors, 'in.step_noise');
  if ((k + 1) * size > all.length) throw new Error(`schedulers fixture: in.step_noise has no row ${k}`);
  return all.subarray(k * size, (k + 1) * size);
}

/** Each row on its own: a trajectory may begin thousands of times larger than it ends. */
function rowByRow(name: string, actual: readonly Float32Array[], tensors: Tensors): ParityRow {
  const expected = floats(tensors, name);
  const size = expected.length / actual.length;
  return worst(
    name,
    actual.map((row, i) => parityRow(name, row, expected.subarray(i * size, (i + 1) * size), threshold)),
  );
}
