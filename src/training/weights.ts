import { Checkpoint } from '../checkpoints/index.ts';

/** Values of parameters by their full names, each read when it is asked for: together they may be more than memory holds. */
export interface Weights {
  /** Full names of the parameters that `read` accepts. */
  readonly names: ReadonlySet<string>;
  /** One of `names`, flat, as float32. */
  read(name: string): Promise<Float32Array>;
}

/** Weights that are in memory. */
export function weightsOf(values: ReadonlyMap<string, Float32Array>): Weights {
  return { names: new Set(values.keys()), read: async (name) => values.get(name) as Float32Array };
}

/**
 * Those weights of some checkpoints in layers (`Checkpoint.open`) that are there.
 * @param stored the names wanted, and where the checkpoint's differ, its own
 */
export async function checkpointWeights(
  layers: string | readonly string[],
  stored: ReadonlyMap<string, string>,
): Promise<Weights> {
  const reading = async <T>(read: (checkpoint: Checkpoint) => T | Promise<T>): Promise<T> => {
    const checkpoint = await Checkpoint.open(layers); // for each anew, so that nobody has to close it
    try {
      return await read(checkpoint);
    } finally {
      await checkpoint.close();
    }
  };
  const names = await reading((checkpoint) =>
    [...stored].flatMap(([name, own]) => (checkpoint.has(own) ? [name] : [])),
  );
  return {
    names: new Set(names),
    read: (name) =>
      reading(async (checkpoint) => (await checkpoint.readFloat32(stored.get(name) as string)).data),
  };
}

/** Several as one; a later one hides those before. */
export function layered(...all: readonly Weights[]): Weights {
  const of = new Map(all.flatMap((weights) => [...weights.names].map((name) => [name, weights] as const)));
  return { names: new Set(of.keys()), read: (name) => (of.get(name) as Weights).read(name) };
}
