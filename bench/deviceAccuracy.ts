import { parseArgs } from 'node:util';
import { compare } from '../parity/compare.ts';
import {
  compile,
  conv2d,
  f32,
  groupQueryAttention,
  input,
  matmul,
  type Precision,
  type Target,
  type Tensor,
  type TensorData,
} from '../src/graph/index.ts';
import { cpuLowering } from '../src/graph/lowering/index.ts';
import { Random } from '../src/random/index.ts';
import { type DeviceName, WorkerHost } from '../src/runtime/index.ts';

// Where a device computes otherwise than the CPU, by size: tsx bench/deviceAccuracy.ts [--device webgpu]
// - products and convolutions in half precision. Kernels that only round factors are off by about 3e-4 at every length of a sum;
//   those that also add up in half precision by more and more;
// - attention over a cache, as ONNX Runtime computes it however many new positions there are: see `webgpuCachedPositions`.

const { device } = parseArgs({ options: { device: { type: 'string', default: 'webgpu' } } }).values;
const cpu = await WorkerHost.start();
type Feeds = Record<string, TensorData>;

const normals = (name: string, ...shape: number[]): TensorData =>
  f32(Random.of(1, name, ...shape).normals(shape.reduce((n, d) => n * d, 1)), shape);
const inputsOf = (feeds: Feeds): Record<string, Tensor> =>
  Object.fromEntries(Object.entries(feeds).map(([name, t]) => [name, input(name, t.shape, t.dtype)]));

async function error(host: WorkerHost, y: Tensor, feeds: Feeds): Promise<string> {
  const { target } = host;
  // without the limit that our own table sets
  const { groupQueryAttention } = cpuLowering;
  const unlimited = { ...target, lowering: { ...(target.lowering ?? cpuLowering), groupQueryAttention } };
  const run = async (on: WorkerHost, how: Target): Promise<Float32Array> => {
    const session = await on.load(compile({ y }, how));
    const results = await session.run(feeds);
    await session.release();
    return results.y?.data as Float32Array;
  };
  return compare(await run(host, unlimited), await run(cpu, cpu.target)).relL2.toExponential(1);
}

/** Runs the rows of a table on the device in a precision, where it has that. */
async function onDevice(precision: Precision, rows: (host: WorkerHost) => Promise<void>): Promise<void> {
  const host = await WorkerHost.start({ device: device as DeviceName, precision }).catch((error: Error) =>
    console.log(`${precision}: ${error.message}`),
  );
  if (!host) return;
  await rows(host).finally(() => host.close());
}

await onDevice('float16', async (host) => {
  console.log('| in half precision | factors in a sum | off by |\n|---|---|---|');
  for (const k of [64, 1024, 4096, 11_008]) {
    const feeds = { a: normals('a', 64, k), b: normals('b', k, 64) };
    const { a, b } = inputsOf(feeds) as { a: Tensor; b: Tensor };
    console.log(`| product | ${k} | ${await error(host, matmul(a, b), feeds)} |`);
  }
  for (const c of [16, 320, 1280]) {
    const feeds = { a: normals('a', 1, c, 8, 8), b: normals('b', 16, c, 3, 3) };
    const { a, b } = inputsOf(feeds) as { a: Tensor; b: Tensor };
    console.log(`| convolution 3x3 | ${9 * c} | ${await error(host, conv2d(a, b, { padding: 1 }), feeds)} |`);
  }
});

await onDevice('float32', async (host) => {
  console.log('\n| new positions | off by |\n|---|---|');
  const [heads, d, capacity] = [4, 128, 128];
  const int32 = (value: number, shape: number[]): TensorData => ({
    dtype: 'int32',
    shape,
    data: Int32Array.of(value),
  });
  for (const t of [1, 16, 31, 32, 36, 64]) {
    const rows = Object.fromEntries(['query', 'key', 'value'].map((n) => [n, normals(n, 1, t, heads * d)]));
    const past = Object.fromEntries(
      ['pastKey', 'pastValue'].map((n) => [n, normals(n, 1, heads, capacity, d)]),
    );
    const tables = Object.fromEntries(['cos', 'sin'].map((n) => [n, normals(n, capacity, d / 2)]));
    const feeds: Feeds = { ...rows, ...past, ...tables, last: int32(t - 1, [1]), total: int32(t, []) };
    const { pastKey, pastValue, ...others } = inputsOf(feeds) as Record<string, Tensor>;
    const { y } = groupQueryAttention(
      { ...others, past: { key: pastKey, value: pastValue } } as Parameters<typeof groupQueryAttention>[0],
      { heads, kvHeads: heads, bits: 32 },
    );
    console.log(`| ${t} | ${await error(host, y, feeds)} |`);
  }
});
await cpu.close();
