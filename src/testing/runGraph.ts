import { type CompileOptions, compile, type Tensor, type TensorData } from '../graph/index.ts';
import { WorkerHost } from '../runtime/index.ts';

let host: Promise<WorkerHost> | undefined;

/** Compiles the outputs, runs them once with those feeds that they need, and returns their values by name. */
export async function runGraph(
  outputs: Readonly<Record<string, Tensor>>,
  feeds: Readonly<Record<string, TensorData>> = {},
  options: CompileOptions = {},
): Promise<Record<string, TensorData>> {
  host ??= WorkerHost.start({ threads: 1 });
  const program = compile(outputs, options);
  const session = await (await host).load(program, { spinning: false });
  const needed = Object.entries(feeds).filter(([name]) => program.inputs.some((i) => i.name === name));
  try {
    return await session.run(Object.fromEntries(needed));
  } finally {
    await session.release();
  }
}
