import { expect, test } from 'vitest';
import * as ops from './ops/index.ts';
import { Parameters, zeros } from './scope.ts';
import { constant, GraphError, input, describe as inWords, parameter, type Tensor } from './tensor.ts';

const x = input('x', [2, 3]);
const image = input('image', [1, 4, 8, 8]);
const ids = input('ids', [5], 'int64');
const w = (...shape: number[]): Tensor => parameter('blocks.3.fc.weight', shape);

/** Every line: a mistake, and all that its message must name. */
const mistakes: readonly (readonly [string, () => unknown, readonly string[]])[] = [
  ['add', () => ops.add(x, w(4)), ['add', "input 'x' [2, 3]", "parameter 'blocks.3.fc.weight' [4]"]],
  ['add of dtypes', () => ops.add(ids, input('y', [5])), ['add', "input 'ids' [5] int64", 'cast']],
  [
    'a computed operand',
    () => ops.mul(ops.exp(w(2, 3)), input('y', [4])),
    ['mul', "result of exp [2, 3] (computed with 'blocks.3.fc.weight')"],
  ],
  ['where', () => ops.where(x, 0, 1), ['where', 'bool', "input 'x' [2, 3]"]],
  ['where shapes', () => ops.where(ops.equal(x, x), w(4), x), ['where', '[4]', '[2, 3]']],
  ['unary', () => ops.exp(ids), ['exp', 'float32', "'ids' [5] int64"]],
  ['sum', () => ops.sum(x, { axes: [2] }), ['sum', 'axis 2', "'x' [2, 3]"]],
  ['sum of repeated axes', () => ops.sum(x, { axes: [1, -1] }), ['sum', 'repeat']],
  ['softmax', () => ops.softmax(x, -3), ['softmax', 'axis -3', "'x' [2, 3]"]],
  ['logSumExp', () => ops.logSumExp(x, 1.5), ['logSumExp', 'axis 1.5']],
  ['reshape', () => ops.reshape(x, [4, 2]), ['reshape', '6 elements', '[4,2]']],
  ['reshape twice -1', () => ops.reshape(x, [-1, -1]), ['reshape']],
  ['transpose', () => ops.transpose(x, [0, 0]), ['transpose', '[0,0]', "'x' [2, 3]"]],
  ['expand', () => ops.expand(x, [3, 3]), ['expand', "'x' [2, 3]", '[3,3]']],
  ['concat', () => ops.concat([x, w(2, 4)], 0), ['concat', 'axis 0', 'blocks.3.fc.weight']],
  ['concat of nothing', () => ops.concat([], 0), ['concat', 'at least one']],
  ['slice', () => ops.slice(x, 1, 2, 5), ['slice', '[2:5:1]', "'x' [2, 3]"]],
  ['split', () => ops.split(x, 2, 1), ['split', "'x' [2, 3]", 'divisible by 2']],
  ['pad', () => ops.pad(x, [1], [1, 1]), ['pad', "'x' [2, 3]"]],
  ['flip', () => ops.flip(x, [2]), ['flip', 'axis 2']],
  ['gather', () => ops.gather(w(9, 4), x), ['gather', 'int64', "'x' [2, 3]"]],
  ['scatterAdd', () => ops.scatterAdd(ids, x, 9), ['scatterAdd', "'x' [2, 3]", "'ids' [5] int64"]],
  ['resizeNearest', () => ops.resizeNearest(x, 4, 4), ['resizeNearest', '[n, c, h, w]', "'x' [2, 3]"]],
  [
    'gemm',
    () => ops.gemm(x, w(4, 5), { transB: true }),
    ['gemm (a x bT)', "a input 'x' [2, 3]", "b parameter 'blocks.3.fc.weight' [4, 5]"],
  ],
  [
    'gemm bias',
    () => ops.gemm(x, input('y', [3, 5]), { bias: w(4) }),
    ['gemm', "bias parameter 'blocks.3.fc.weight' [4]"],
  ],
  [
    'matmul',
    () => ops.matmul(w(2, 4, 5), input('y', [3, 5, 2])),
    ['matmul (a x b)', '[2, 4, 5]', '[3, 5, 2]'],
  ],
  ['matmul of vectors', () => ops.matmul(input('v', [3]), x), ['matmul', "'v' [3]"]],
  [
    'conv2d',
    () => ops.conv2d(image, w(8, 3, 3, 3)),
    [
      'conv2d (strides 1,1, pads 0,0,0,0)',
      "x input 'image' [1, 4, 8, 8]",
      "weight parameter 'blocks.3.fc.weight' [8, 3, 3, 3]",
    ],
  ],
  ['conv2d too small', () => ops.conv2d(image, w(8, 4, 9, 9)), ['conv2d', '[8, 4, 9, 9]']],
  ['conv2d of a matrix', () => ops.conv2d(x, w(8, 4, 3, 3)), ['conv2d', "x input 'x' [2, 3]"]],
  [
    'conv2dInput',
    () => ops.conv2dInput(image, w(5, 3, 3, 3), { strides: [1, 1], pads: [1, 1, 1, 1] }, [8, 8]),
    ['conv2dInput', "'image' [1, 4, 8, 8]", '[5, 3, 3, 3]'],
  ],
  [
    'conv2dWeight',
    () => ops.conv2dWeight(image, w(2, 5, 8, 8), { strides: [1, 1], pads: [1, 1, 1, 1] }, [3, 3]),
    ['conv2dWeight', "'image' [1, 4, 8, 8]", '[2, 5, 8, 8]'],
  ],
  [
    'layerNorm',
    () => ops.layerNorm(x, w(4), w(3), 1e-5),
    ['layerNorm', "'x' [2, 3]", 'scale and bias [3]', '[4]'],
  ],
  ['rmsNorm', () => ops.rmsNorm(x, w(2), 1e-5), ['rmsNorm', "'x' [2, 3]", 'scale [3]']],
  [
    'groupNorm',
    () => ops.groupNorm(image, w(4), w(4), 3, 1e-5),
    ['groupNorm', '3 groups', "'image' [1, 4, 8, 8]"],
  ],
  ['rotary', () => ops.rotary(x, w(1), w(1)), ['rotary', "'x' [2, 3]"]],
  [
    'rotary tables',
    () => ops.rotary(input('q', [2, 4]), w(3, 2), w(3, 2)),
    ['rotary', "'q' [2, 4]", '[3, 2]'],
  ],
  ['meanSquaredError', () => ops.meanSquaredError(x, w(3, 2)), ['meanSquaredError', "'x' [2, 3]", '[3, 2]']],
  ['a dimension of zero', () => input('empty', [2, 0]), ["input 'empty'", '[2, 0]']],
  ['a reserved name', () => input('%0', [1]), ["'%'", "'%0'"]],
  ['an empty name', () => parameter('', [1]), ['empty']],
  ['dim', () => x.dim(2), ['axis 2', "'x' [2, 3]"]],
];

test.each(mistakes)('%s: the message names op, shapes and parameter', (_name, build, words) => {
  expect(build).toThrow(GraphError);
  for (const word of words) expect(build).toThrow(word);
});

test('a constant is described by its shape', () => {
  const c = constant({ dtype: 'int64', shape: [2], data: BigInt64Array.of(1n, 2n) });
  expect(inWords(c)).toBe('constant [2] int64');
});

test('shapes are inferred', () => {
  expect(ops.conv2d(image, w(6, 4, 3, 3), { stride: 2, padding: 1 }).shape).toEqual([1, 6, 4, 4]);
  expect(ops.conv2d(image, w(6, 4, 3, 3), { stride: 2, padding: [0, 0, 1, 1] }).shape).toEqual([1, 6, 4, 4]);
  expect(ops.conv2d(image, w(6, 4, 3, 1), { padding: [1, 0] }).shape).toEqual([1, 6, 8, 8]);
  expect(ops.gather(w(9, 4), ids).shape).toEqual([5, 4]);
  expect(ops.equal(x, x).dtype).toBe('bool');
  expect(ops.mean(x, { axes: [0], keepDims: true }).shape).toEqual([1, 3]);
  expect(ops.slice(x, -1, 0, 3, 2).shape).toEqual([2, 2]);
});

test('what changes nothing adds no node', () => {
  for (const same of [
    ops.reshape(x, [2, -1]),
    ops.transpose(x, [0, 1]),
    ops.expand(x, [2, 3]),
    ops.concat([x], 1),
    ops.slice(x, 0, 0),
    ops.pad(x, [0, 0], [0, 0]),
    ops.sum(x, { axes: [] }),
    ops.cast(x, 'float32'),
    ops.resizeNearest(image, 8, 8) === image ? x : image,
  ]) {
    expect(same).toBe(x);
  }
});

test('a parameter declared in a scope is named by its path', () => {
  const p = new Parameters().scope('model');
  const t = p.at('layers', 0, 'fc').param('weight', [7, 7], zeros);
  expect(() => ops.gemm(x, t)).toThrow("parameter 'model.layers.0.fc.weight' [7, 7]");
});
