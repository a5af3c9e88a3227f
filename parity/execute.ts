import type { Checkpoint } from '../src/checkpoints/index.ts';
import { compile, type Tensor, type TensorData } from '../src/graph/index.ts';
import { WorkerHost } from '../src/runtime/index.ts';

let started: Promise<WorkerHost> | undefined;

/** One worker for all fixtures; an idle one does not keep the process alive. */
export function worker(): Promise<WorkerHost> {
  started ??= WorkerHost.start();
  return started;
}

/** Runs the graph that computes `outputs` once; parameters are mapped from `weights` where they lie there. */
export async function execute(
  outputs: Readonly<Record<string, Tensor>>,
  feeds: Readonly<Record<string, TensorData>>,
  weights?: Checkpoint,
): Promise<Record<string, TensorData>> {
  const host = await worker();
  const program = compile(outputs, weights ? { weights: weights.weights() } : {});
  const session = await host.load(program);
  try {
    return await session.run(Object.fromEntries(program.inputs.map(({ name }) => [name, fed(feeds, name)])));
  } finally {
    await session.release();
  }
}

function fed(feeds: Readonly<Record<string, TensorData>>, name: string): TensorData {
  const value = feeds[name];
  if (!value) throw new Error(`'${name}' is neither fed nor in the checkpoint`);
  return value;
}
