import { vjp } from '../autodiff/index.ts';
import {
  compile,
  input,
  type OnnxProgram,
  type OpName,
  type Tensor,
  type TensorData,
} from '../graph/index.ts';
import { Random } from '../random/index.ts';
import type { WorkerHost } from '../runtime/index.ts';
import { draw, type OpCase, opCases, toHost } from './opCases/index.ts';

/** How an op does on a device beside the CPU. */
export interface OpParity {
  readonly op: OpName;
  readonly cases: number;
  /** The worst relative error (Euclidean norm) of values and gradients; infinite where a case failed. */
  readonly error: number;
  /** The same where programs compute in half precision; undefined where that was not tried, or changes nothing. */
  readonly halfError?: number;
  readonly ok: boolean;
  /** The operators of ONNX that ran on the CPU in some case. */
  readonly onCpu: readonly string[];
  /** Cases that were left out, because the device does not compute in half precision. */
  readonly skipped: number;
  /** Which case was wrong first, and how. */
  readonly problem?: string;
}

/** Where programs run, and what they are written for. */
export type Side = Pick<WorkerHost, 'load' | 'target'>;

/** Devices add in another order, and have approximations of exp and the like. */
const most = 1e-4;
/** Factors of 11 bits are off by 5e-4 at most; gradients of gradients go through several. */
const mostInHalf = 5e-3;

export const allOps: readonly OpName[] = Object.keys(opCases) as OpName[];

export interface Sides {
  readonly cpu: Side;
  readonly device: Side;
  /** The device in half precision, where it has that. */
  readonly half?: Side | undefined;
}

/** Runs cases of ops on a device and on the CPU, values and gradients, and compares. */
export async function* deviceParity(
  sides: Sides,
  ops: readonly OpName[] = allOps,
): AsyncGenerator<OpParity, void, void> {
  for (const op of ops) yield await opParity(op, opCases[op], sides);
}

async function opParity(
  op: OpName,
  cases: readonly OpCase[],
  { cpu, device, half }: Sides,
): Promise<OpParity> {
  const onCpu = new Set<string>();
  let [worst, skipped] = [0, 0];
  let worstInHalf: number | undefined;
  let problem: string | undefined;
  for (const c of cases) {
    try {
      const { outputs, feeds } = graphOf(op, c);
      // an op that nothing else reads may be written in another way: once, its value alone
      const graphs = c === cases.at(-1) ? [outputs, { y: outputs.y as Tensor }] : [outputs];
      for (const graph of graphs) {
        const program = compile(graph, device.target);
        const expected = await run(cpu, compile(graph, cpu.target), feeds);
        const error = largestDistance(await run(device, program, feeds, onCpu), expected);
        if (error > Math.max(most, c.tolerance ?? 0))
          problem ??= `${c.name}: off by ${error.toExponential(1)}`;
        worst = Math.max(worst, error);
        const halfProgram = half && compile(graph, half.target);
        // many ops compute in float32 whatever is asked for
        if (!halfProgram || Buffer.compare(halfProgram.bytes, program.bytes) === 0) continue;
        const inHalf = largestDistance(await run(half, halfProgram, feeds, onCpu), expected);
        if (inHalf > mostInHalf)
          problem ??= `${c.name}, in half precision: off by ${inHalf.toExponential(1)}`;
        worstInHalf = Math.max(worstInHalf ?? 0, inHalf);
      }
    } catch (cause) {
      const message = (cause as Error).message.split('\n')[0] as string;
      if (/requires f16/.test(message)) skipped++;
      else {
        worst = Number.POSITIVE_INFINITY;
        problem ??= `${c.name}: ${message}`;
      }
    }
  }
  const found = {
    ...(problem === undefined ? {} : { problem }),
    ...(worstInHalf === undefined ? {} : { halfError: worstInHalf }),
  };
  return { op, cases: cases.length, error: worst, ok: !problem, onCpu: [...onCpu], skipped, ...found };
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

/** @param onCpu takes the names of operators that did not run on the host's device */
async function run(
  host: Side,
  program: OnnxProgram,
  feeds: Feeds,
  onCpu?: Set<string>,
): Promise<Record<string, TensorData>> {
  const session = await host.load(program, { spinning: false, profile: onCpu !== undefined });
  try {
    const all = program.inputs.map(({ name }) => [name, feeds[name] as TensorData]);
    const results = await session.run(Object.fromEntries(all));
    if (onCpu)
      for (const { operator, ranOn } of await session.placement()) if (ranOn === 'cpu') onCpu.add(operator);
    return results;
  } finally {
    await session.release();
  }
}

const largestDistance = (got: Record<string, TensorData>, expected: Record<string, TensorData>): number =>
  Math.max(...Object.keys(expected).map((name) => distance(got[name], expected[name])));

function distance(got: TensorData | undefined, expected: TensorData | undefined): number {
  if (!got || !expected || got.data.length !== expected.data.length) return Number.POSITIVE_INFINITY;
  let [off, norm] = [0, 0];
  for (let i = 0; i < expected.data.length; i++) {
    const e = Number(expected.data[i]);
    off += (Number(got.data[i]) - e) ** 2;
    norm += e * e;
  }
  const error = Math.sqrt(off) / Math.max(Math.sqrt(norm), 1e-3);
  return Number.isNaN(error) ? Number.POSITIVE_INFINITY : error;
}
