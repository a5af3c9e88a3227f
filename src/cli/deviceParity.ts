import { vjp } from '../autodiff/index.ts';
import { draw, type OpCase, opCases, toHost } from '../autodiff/opCases/index.ts';
import { compile, input, type OpName, type Tensor, type TensorData } from '../graph/index.ts';
import { Random } from '../random/index.ts';
import type { WorkerHost } from '../runtime/index.ts';

/** How an op does on a device beside the CPU. */
export interface OpParity {
  readonly op: OpName;
  readonly cases: number;
  /** The worst relative error (Euclidean norm) of values and gradients; infinite where a case failed. */
  readonly error: number;
  /** Cases whose nodes all ran on the device; the rest fell back to the CPU in part. */
  readonly whole: number;
  readonly ok: boolean;
  /** Cases that need half precision, which the device has not. */
  readonly lacking: number;
  /** What went wrong in the worst case. */
  readonly problem?: string;
}

/** Devices add in another order, and have approximations of exp and the like. */
const tolerance = 2e-4;

/**
 * Runs every op's cases, or the first `most` of each, on a device and on the CPU, values and gradients, and compares.
 */
export async function* deviceParity(
  cpu: WorkerHost,
  device: WorkerHost,
  most: number = Number.POSITIVE_INFINITY,
): AsyncGenerator<OpParity, void, void> {
  for (const [op, all] of Object.entries(opCases) as [OpName, readonly OpCase[]][]) {
    const cases = all.slice(0, most);
    let [error, whole, lacking] = [0, 0, 0];
    let problem: string | undefined;
    for (const c of cases) {
      try {
        const { outputs, feeds } = graphOf(op, c);
        const expected = await run(cpu, outputs, feeds);
        const got = await run(device, outputs, feeds);
        const off = Math.max(...Object.keys(outputs).map((name) => distance(got[name], expected[name])));
        if (off > error || Number.isNaN(off)) {
          error = Number.isNaN(off) ? Number.POSITIVE_INFINITY : off;
          if (off > tolerance) problem = c.name;
        }
        if (await runsWhole(device, outputs)) whole++;
      } catch (cause) {
        if (/requires f16/.test((cause as Error).message)) {
          lacking++;
          continue;
        }
        error = Number.POSITIVE_INFINITY;
        problem = `${c.name}: ${(cause as Error).message.split('\n')[0]}`;
      }
    }
    const ok = error <= tolerance;
    yield { op, cases: cases.length, error, whole, lacking, ok, ...(ok ? {} : { problem: problem ?? '' }) };
  }
}

type Outputs = Record<string, Tensor>;
type Feeds = Record<string, TensorData>;

/** A case's value and, where it has them, its gradients. */
function graphOf(op: OpName, c: OpCase): { outputs: Outputs; feeds: Feeds } {
  const random = Random.of(5, op, c.name);
  const feeds: Feeds = {};
  const inputs = c.inputs.map((spec, i) => {
    const dtype = spec.dtype ?? 'float32';
    feeds[`x${i}`] = toHost(draw(random, spec), dtype);
    return input(`x${i}`, spec.shape, dtype);
  });
  const y = c.build(...inputs);
  const outputs: Outputs = { y };
  const floats = inputs.filter((t) => t.dtype === 'float32');
  if (c.gradients !== 'none' && floats.length > 0 && y.dtype === 'float32') {
    feeds.g = toHost(draw(random, { shape: y.shape }), 'float32');
    vjp([y], [input('g', y.shape)], floats).forEach((t, i) => {
      outputs[`d${i}`] = t;
    });
  }
  return { outputs, feeds };
}

async function run(host: WorkerHost, outputs: Outputs, feeds: Feeds): Promise<Record<string, TensorData>> {
  const program = compile(outputs, { lowering: host.lowering });
  const session = await host.load(program, { spinning: false });
  try {
    return await session.run(
      Object.fromEntries(program.inputs.map(({ name }) => [name, feeds[name] as TensorData])),
    );
  } finally {
    await session.release();
  }
}

/** Whether a session can be made in which nothing may run on the CPU. */
async function runsWhole(host: WorkerHost, outputs: Outputs): Promise<boolean> {
  try {
    const session = await host.load(compile(outputs, { lowering: host.lowering }), { fallback: false });
    await session.release();
    return true;
  } catch {
    return false;
  }
}

function distance(got: TensorData | undefined, expected: TensorData | undefined): number {
  if (!got || !expected || got.data.length !== expected.data.length) return Number.POSITIVE_INFINITY;
  let [off, norm] = [0, 0];
  for (let i = 0; i < expected.data.length; i++) {
    const e = Number(expected.data[i]);
    off += (Number(got.data[i]) - e) ** 2;
    norm += e * e;
  }
  return off === 0 ? 0 : Math.sqrt(off / (norm || 1));
}
