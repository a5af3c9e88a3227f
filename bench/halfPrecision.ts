import { compile, conv2d, f32, input, matmul, type Tensor } from '../src/graph/index.ts';
import { Random } from '../src/random/index.ts';
import { WorkerHost } from '../src/runtime/index.ts';

// What a device's half precision loses with the length of a sum, beside the CPU's float32: tsx bench/halfPrecision.ts [device]
// Kernels that round factors only are off by 3e-4 at every length; those that also add up in half precision by more and more.

const device = process.argv[2] === 'cuda' ? 'cuda' : 'webgpu';
const cpu = await WorkerHost.start();
const half = await WorkerHost.start({ device, precision: 'float16' });

type Shapes = readonly [number[], number[]];

async function print(name: string, length: number, [a, b]: Shapes, y: (a: Tensor, b: Tensor) => Tensor) {
  const random = Random.of(1, name, length);
  const size = (shape: number[]): number => shape.reduce((n, d) => n * d, 1);
  const feeds = {
    a: f32(random.normals(size(a)), a),
    b: f32(
      random.normals(size(b)).map((v) => v / Math.sqrt(length)),
      b,
    ),
  };
  const outputs = { y: y(input('a', a), input('b', b)) };
  const [expected, got] = await Promise.all(
    [cpu, half].map(async (host) => {
      const session = await host.load(compile(outputs, host.target));
      const result = (await session.run(feeds)).y?.data as Float32Array;
      await session.release();
      return result;
    }),
  );
  let [off, norm] = [0, 0];
  expected?.forEach((v, i) => {
    off += ((got?.[i] ?? 0) - v) ** 2;
    norm += v * v;
  });
  console.log(`| ${name} | ${length} | ${Math.sqrt(off / norm).toExponential(1)} |`);
}

console.log(`| on ${device} | factors in a sum | relative error |\n|---|---|---|`);
for (const k of [64, 1024, 4096, 11_008])
  await print('product', k, [[64, k], [k, 64]], (a, b) => matmul(a, b)); // biome-ignore format: shapes in a line
for (const c of [16, 320, 1280])
  await print('convolution 3x3', 9 * c, [[1, c, 8, 8], [16, c, 3, 3]], (a, b) => conv2d(a, b, { padding: 1 })); // biome-ignore format: shapes in a line
await cpu.close();
await half.close();
