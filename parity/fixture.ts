import { join } from 'node:path';
import { Checkpoint, readConfig, SafetensorsFile } from '../src/checkpoints/index.ts';
import { i64, Parameters, type Scope, type TensorData } from '../src/graph/index.ts';
import { quantizedRule } from '../src/presets/modelSource.ts';
import { type ParityRow, parityRow } from './compare.ts';

/** Relative L2 error that outputs and gradients may have. */
export const outputThreshold = 1e-4;

/** What a fixture's folder holds. */
export interface Fixture {
  readonly config: Record<string, unknown>;
  /** `in.*`, `out.*` of io.safetensors. */
  readonly io: ReadonlyMap<string, TensorData>;
  readonly weights: Checkpoint;
}

/** Opens config.json, io.safetensors and weights.safetensors of a fixture for as long as `use` runs. */
export async function withFixture<T>(dir: string, use: (fixture: Fixture) => Promise<T>): Promise<T> {
  const config = await readConfig(join(dir, 'config.json'));
  const io = await readTensors(join(dir, 'io.safetensors'));
  const weights = await Checkpoint.open(join(dir, 'weights.safetensors'));
  try {
    return await use({ config, io, weights });
  } finally {
    await weights.close();
  }
}

/** A scope over a fixture's weights, quantised ones among them. */
export function scopeOf(weights: Checkpoint): Scope {
  const linear = quantizedRule(weights);
  return new Parameters(weights.names(), linear ? { linear } : {}).scope();
}

/** All tensors of a file. */
export async function readTensors(path: string): Promise<Map<string, TensorData>> {
  const file = await SafetensorsFile.open(path);
  try {
    const tensors = new Map<string, TensorData>();
    for (const name of file.names()) tensors.set(name, await file.read(name));
    return tensors;
  } finally {
    await file.close();
  }
}

/** A tensor that the fixture must have. */
export function tensor(io: ReadonlyMap<string, TensorData>, name: string): TensorData {
  const t = io.get(name);
  if (!t) throw new Error(`the fixture has no tensor '${name}'`);
  return t;
}

/** Ids, which fixtures store as int32, in the dtype that graphs index with. */
export function ids(io: ReadonlyMap<string, TensorData>, name: string): TensorData {
  const { shape, data } = tensor(io, name);
  return i64(Array.from(data as Int32Array, Number), shape);
}

/** A float tensor's values. */
export function floats(io: ReadonlyMap<string, TensorData>, name: string): Float32Array {
  return tensor(io, name).data as Float32Array;
}

/** One row for every `out.*` of the fixture. What was not computed counts as infinitely far off. */
export function outputRows(
  io: ReadonlyMap<string, TensorData>,
  actual: Readonly<Record<string, TensorData>>,
): ParityRow[] {
  return outputNames(io).map((name) => {
    const values = (actual[name]?.data ?? []) as Float32Array;
    return parityRow(name, values, floats(io, `out.${name}`), outputThreshold);
  });
}

/** The names behind `out.`. */
export function outputNames(io: ReadonlyMap<string, TensorData>): string[] {
  return [...io.keys()].flatMap((name) => (name.startsWith('out.') ? [name.slice('out.'.length)] : []));
}

/** `prefix.0`, `prefix.1`, ... for a list. */
export function numbered<T>(prefix: string, items: readonly T[]): Record<string, T> {
  return Object.fromEntries(items.map((item, i) => [`${prefix}.${i}`, item]));
}

/** Only the entries that the fixture has an expected value for. */
export function wanted<T>(
  io: ReadonlyMap<string, TensorData>,
  values: Readonly<Record<string, T>>,
): Record<string, T> {
  return Object.fromEntries(Object.entries(values).filter(([name]) => io.has(`out.${name}`)));
}
