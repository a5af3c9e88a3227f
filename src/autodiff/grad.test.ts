import { describe, expect, test } from 'vitest';
import {
  add,
  conv2d,
  equal,
  exp,
  f32,
  gemm,
  input,
  layerNorm,
  mul,
  parameter,
  slice,
  split,
  square,
  stopGradient,
  sum,
  type Tensor,
  type TensorData,
  topological,
} from '../graph/index.ts';
import { Random } from '../random/index.ts';
import { runGraph } from '../testing/runGraph.ts';
import { grad, vjp } from './grad.ts';

const x = input('x', [3]);
const at = f32([1, 2, -3], [3]);

async function gradientOf(
  loss: Tensor,
  wrt: Tensor,
  feeds: Record<string, TensorData> = { x: at },
): Promise<number[]> {
  const [d] = grad(loss, [wrt]) as [Tensor];
  const { g } = await runGraph({ g: d }, feeds);
  return [...(g!.data as Float32Array)];
}

describe('grad', () => {
  test('adds up over shared subexpressions', async () => {
    const y = square(x);
    // x^2 + x^2 * x^2 -> 2x + 4x^3
    expect(await gradientOf(sum(add(y, mul(y, y))), x)).toEqual([6, 36, -114]);
  });

  test('visits a shared node once, however often it is used', () => {
    let t: Tensor = x;
    for (let i = 0; i < 40; i++) t = add(t, t); // 2^40 paths
    const [d] = grad(sum(t), [x]) as [Tensor];
    expect(topological([d]).nodes.length).toBeLessThan(200);
  });

  test('is zero for a parameter that the loss does not use', async () => {
    const unused = parameter('unused', [2, 2]);
    const [dx, du] = grad(sum(exp(x)), [x, unused]) as [Tensor, Tensor];
    expect(du.shape).toEqual([2, 2]);
    const { a, b } = await runGraph({ a: dx, b: du }, { x: at });
    expect([...(b!.data as Float32Array)]).toEqual([0, 0, 0, 0]);
    expect((a!.data as Float32Array)[0]).toBeCloseTo(Math.E, 5);
  });

  test('is one for the loss itself, and passes intermediate tensors', async () => {
    const y = square(x);
    const loss = sum(mul(y, 3));
    expect(await gradientOf(loss, y)).toEqual([3, 3, 3]);
    expect(await gradientOf(loss, loss)).toEqual([1]);
  });

  test('stops at stopGradient', async () => {
    // d/dx x stop(x) = stop(x)
    expect(await gradientOf(sum(mul(x, stopGradient(x))), x)).toEqual([1, 2, -3]);
  });

  test('can be taken twice', async () => {
    const [first] = grad(sum(mul(square(x), x)), [x]) as [Tensor];
    expect(await gradientOf(sum(first), x)).toEqual([6, 12, -18]);
  });

  test('of a penalised gradient norm through a convolution (second order)', async () => {
    const random = Random.of(3, 'second order');
    const image = input('image', [2, 2, 5, 4]);
    const w = input('w', [3, 2, 3, 3]);
    const loss = sum(square(conv2d(image, w, { padding: 1, stride: [2, 1] })));
    const [gi] = grad(loss, [image]) as [Tensor];
    const penalty = sum(square(gi));
    const [gw] = grad(penalty, [w]) as [Tensor];
    const feeds = { image: f32(random.normals(80), [2, 2, 5, 4]), w: f32(random.normals(54), [3, 2, 3, 3]) };
    const { g } = await runGraph({ g: gw }, feeds);
    for (const i of [0, 17, 30, 53]) {
      const moved = async (h: number): Promise<number> => {
        const data = feeds.w.data.slice() as Float32Array;
        data[i] = (data[i] as number) + h;
        const { p } = await runGraph({ p: penalty }, { ...feeds, w: f32(data, [3, 2, 3, 3]) });
        return p!.data[0] as number;
      };
      const difference = ((await moved(1e-2)) - (await moved(-1e-2))) / 2e-2;
      expect(Math.abs((g!.data[i] as number) / difference - 1)).toBeLessThan(2e-3);
    }
  });

  test('joins the gradients of neighbouring slices', async () => {
    const wide = input('wide', [2, 6]);
    const [a, b, c] = split(wide, 3, 1) as [Tensor, Tensor, Tensor];
    const feeds = { wide: f32([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], [2, 6]) };
    const whole = sum(add(mul(a, b), square(c)));
    expect(await gradientOf(whole, wide, feeds)).toEqual([3, 4, 1, 2, 10, 12, 9, 10, 7, 8, 22, 24]);
    const ops = (loss: Tensor): string[] =>
      topological(grad(loss, [wide]))
        .nodes.map((n) => n.op)
        .filter((op) => op === 'pad' || op === 'add');
    expect(ops(sum(mul(mul(a, b), c)))).toEqual([]);
    // a gap in the middle, and an overlap
    expect(await gradientOf(sum(mul(a, c)), wide, feeds)).toEqual([5, 6, 0, 0, 1, 2, 11, 12, 0, 0, 7, 8]);
    const overlap = sum(mul(slice(wide, 1, 0, 4), slice(wide, 1, 2, 6)));
    expect(await gradientOf(overlap, wide, feeds)).toEqual([3, 4, 6, 8, 3, 4, 9, 10, 18, 20, 9, 10]);
    // along two axes
    const both = sum(mul(slice(wide, 0, 0, 1), square(slice(wide, 0, 1, 2))));
    expect(await gradientOf(add(both, sum(b)), wide, feeds)).toEqual([
      49, 64, 82, 101, 121, 144, 14, 32, 55, 81, 110, 144,
    ]);
  });

  test('does no work for inputs that need no gradient', () => {
    const w = parameter('w', [4, 3]);
    const image = input('rows', [2, 3]);
    const [dw] = grad(sum(gemm(image, w, { transB: true })), [w]) as [Tensor];
    expect(topological([dw]).nodes.filter((n) => n.op === 'gemm')).toHaveLength(1);
  });
});

describe('mistakes', () => {
  test('a loss that is no scalar', () => {
    expect(() => grad(x, [x])).toThrow("the loss must be a scalar, got input 'x' [3]");
  });

  test('an op without a gradient', () => {
    const y = mul(x, 2);
    expect(() => vjp([equal(y, x)], [input('g', [3])], [x])).toThrow('equal is not differentiable');
  });

  test('a second output of a norm', () => {
    const scale = parameter('s', [3]);
    const y = layerNorm(x, scale, parameter('b', [3]), 1e-5);
    const mean = (y.source as { node: { outputs: readonly Tensor[] } }).node.outputs[1] as Tensor;
    expect(() => grad(sum(mean), [x])).toThrow('only the first output of layerNorm is differentiable');
  });

  test('cotangents that do not fit', () => {
    expect(() => vjp([exp(x)], [input('g', [2])], [x])).toThrow('vjp');
    expect(() => vjp([exp(x)], [], [x])).toThrow('vjp');
  });
});
