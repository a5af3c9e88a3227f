import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { f32, type TensorData } from '../graph/index.ts';
import { CheckpointError, SafetensorsFile, writeSafetensors } from '../runtime/index.ts';

/** The flat arrays of a training run, in one order of parameters. */
export interface TrainingState {
  /** Steps done. */
  readonly step: number;
  readonly parameters: Float32Array;
  readonly m: Float32Array;
  readonly v: Float32Array;
  readonly ema: Float32Array;
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

/** Writes the checkpoint in one atomic step: after a crash or a full disk the previous one is still whole. */
export async function saveCheckpoint(folder: string, run: RunIdentity, state: TrainingState): Promise<void> {
  const { step, parameters, m, v, ema } = state;
  const tensors: Record<string, TensorData> = {};
  for (const [name, data] of Object.entries({ parameters, m, v, ema }))
    tensors[name] = f32(data, [data.length]);
  const metadata = { format: 'moviedreamer-training-1', stage: run.stage, seed: String(run.seed) };
  await writeSafetensors(path(folder), tensors, {
    ...metadata,
    step: String(step),
    fingerprint: run.fingerprint,
    settings: JSON.stringify(run.settings ?? {}),
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
    const read = async (name: string): Promise<Float32Array> => (await open.readFloat32(name)).data;
    return {
      step: Number(step),
      parameters: await read('parameters'),
      m: await read('m'),
      v: await read('v'),
      ema: await read('ema'),
    };
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
