import { readFileSync } from 'node:fs';
import { compile, f32, gemm, input, sum } from '../../src/graph/index.ts';
import type { WorkerHost } from '../../src/runtime/index.ts';

/** Seconds that one call takes, the least of a few. */
export async function fastest(times: number, run: () => Promise<unknown>): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < times; i++) {
    const began = performance.now();
    await run();
    best = Math.min(best, (performance.now() - began) / 1000);
  }
  return best;
}

/** What this machine can do at best: the yardsticks of all figures. */
export interface Machine {
  /** Bytes a second of a sum over 1 GiB. */
  readonly bandwidth: number;
  /** FLOPS of a float32 product of two 4096 x 4096 matrices. */
  readonly matmul: number;
}

export async function measureMachine(host: WorkerHost): Promise<Machine> {
  const [rows, columns] = [65_536, 4096];
  const x = input('x', [rows, columns]);
  const reading = await host.load(compile({ y: sum(x, { axes: [1] }) }));
  const values = await host.put('x', f32(new Float32Array(rows * columns).fill(1), x.shape), {
    transfer: true,
  });
  const read = await fastest(6, () => reading.run({ x: values }));
  await reading.release();
  await host.drop(values);

  const n = 4096;
  const [a, b] = [input('a', [n, n]), input('b', [n, n])];
  const product = await host.load(compile({ y: sum(gemm(a, b), { axes: [0, 1] }) }));
  const matrix = await host.put('m', f32(new Float32Array(n * n).fill(0.5), [n, n]), { transfer: true });
  const multiply = await fastest(5, () => product.run({ a: matrix, b: matrix }));
  await product.release();
  await host.drop(matrix);
  return { bandwidth: (rows * columns * 4) / read, matmul: (2 * n ** 3) / multiply };
}

/** This process's resident memory in bytes: all of it, and that which the system cannot drop and read again. */
export function resident(): { all: number; own: number; peak: number } {
  const status = readFileSync('/proc/self/status', 'utf8');
  const of = (key: string): number => 1024 * Number(new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
  return { all: of('VmRSS'), own: of('RssAnon'), peak: of('VmHWM') };
}

export function memoryLine(): string {
  const { all, own, peak } = resident();
  const gb = (bytes: number): string => (bytes / 1e9).toFixed(2);
  return `${gb(all)} GB resident (${gb(own)} of its own, the rest mapped files), peak ${gb(peak)}`;
}
