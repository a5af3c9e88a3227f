import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { CheckpointError, SafetensorsFile, streamSafetensors } from '../checkpoints/index.ts';
import type { Range } from '../runtime/index.ts';
import type { LossScaleState } from './lossScale.ts';

/** A flat array of a training run; the parameters are in one order in all. */
export type StateArray = 'parameters' | 'm' | 'v' | 'ema';

/** A training run at a step. Its arrays may be larger than what is free beside them, so they are read in pieces. */
export interface TrainingState {
  /** Steps done. */
  readonly step: number;
  /** Where gradients are scaled. */
  readonly lossScale?: LossScaleState | undefined;
  read(array: StateArray, range: Range): Promise<Float32Array>;
}

/** Everything that the loss curve depends on beside the state; a checkpoint is only resumed when it is the same. */
export interface RunIdentity {
  readonly stage: string;
  readonly seed: number;
  /** Hash of the settings and of the parameters' names and shapes. */
  readonly fingerprint: string;
  /** The settings themselves, to say which of them differ. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

const path = (folder: string): string => join(folder, 'checkpoint.safetensors');

/**
 * Writes the checkpoint in one atomic step: after a crash or a full disk the previous one is still whole.
 * @param arrays those that the run has
 * @param pieces ranges that make each of them up, in order
 */
export async function saveCheckpoint(
  folder: string,
  run: RunIdentity,
  state: TrainingState,
  arrays: readonly StateArray[],
  pieces: readonly Range[],
): Promise<void> {
  const { step, lossScale } = state;
  const metadata = { format: 'moviedreamer-training-1', stage: run.stage, seed: String(run.seed) };
  const length = pieces.reduce((n, [, count]) => n + count, 0);
  const tensors = [...arrays].sort().map((name) => ({ name, dtype: 'float32', shape: [length] }) as const);
  const values = async function* ({ name }: { readonly name: string }): AsyncGenerator<Float32Array> {
    for (const piece of pieces) yield await state.read(name as StateArray, piece);
  };
  await streamSafetensors(path(folder), tensors, values, {
    ...metadata,
    step: String(step),
    fingerprint: run.fingerprint,
    settings: JSON.stringify(run.settings ?? {}),
    ...(lossScale ? { lossScale: JSON.stringify(lossScale) } : {}),
  });
}

/** The checkpoint of a folder, or undefined where there is none; one that belongs to another run is an error. */
export async function loadCheckpoint(folder: string, run: RunIdentity): Promise<TrainingState | undefined> {
  const file = path(folder);
  const exists = await access(file).then(
    () => true,
    () => false,
  );
  if (!exists) return undefined;
  const open = await SafetensorsFile.open(file);
  try {
    const [stage, seed, step, fingerprint] = ['stage', 'seed', 'step', 'fingerprint'].map((k) =>
      open.metadata.get(k),
    );
    if (stage !== run.stage || seed !== String(run.seed) || fingerprint !== run.fingerprint) {
      throw new CheckpointError({
        file,
        problem: 'belongs to a run with other settings',
        ...differences(run, { stage, seed, settings: open.metadata.get('settings') }),
        help: 'Give another --out folder, or remove this one to begin anew',
      });
    }
    const lossScale = open.metadata.get('lossScale');
    return {
      step: Number(step),
      ...(lossScale ? { lossScale: JSON.parse(lossScale) as LossScaleState } : {}),
      read: (array, range) => readRange(file, array, range),
    };
  } finally {
    await open.close();
  }
}

async function readRange(file: string, array: StateArray, [from, count]: Range): Promise<Float32Array> {
  const open = await SafetensorsFile.open(file);
  try {
    return await open.readFloat32Range(array, from, count);
  } finally {
    await open.close();
  }
}

/** What a checkpoint and a run differ in; nothing but their keys where it is the parameters. */
function differences(
  run: RunIdentity,
  found: { stage: string | undefined; seed: string | undefined; settings: string | undefined },
): { expected: string; got: string } {
  const flat = (stage: unknown, seed: unknown, settings: object): Map<string, string> =>
    new Map(Object.entries({ stage, seed, ...settings }).map(([key, value]) => [key, JSON.stringify(value)]));
  const wanted = flat(run.stage, String(run.seed), found.settings ? (run.settings ?? {}) : {});
  const there = flat(found.stage, found.seed, JSON.parse(found.settings ?? '{}') as object);
  const keys = [...new Set([...wanted.keys(), ...there.keys()])].filter(
    (k) => wanted.get(k) !== there.get(k),
  );
  const list = (of: Map<string, string>): string =>
    keys.map((k) => `${k} ${of.get(k) ?? 'not set'}`).join(', ');
  if (keys.length === 0) return { expected: "the preset's parameters", got: 'parameters of another config' };
  return { expected: list(wanted), got: list(there) };
}
