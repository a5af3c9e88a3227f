import type { Tensor } from '../../graph/index.ts';
import * as ops from '../../graph/index.ts';
import { at, atOrZero, fold, generate, map, type Nd, sumOf, zip } from './nd.ts';
import { like, type OpCase, type OpCases } from './opCase.ts';

const reductions: readonly (readonly [readonly number[], readonly number[] | undefined, boolean])[] = [
  [[7], undefined, false],
  [[2, 3, 5], undefined, false],
  [[2, 3, 5], [1], true],
  [[2, 3, 5], [0, 2], false],
  [[2, 3, 5], [-1], false],
  [[2, 3, 5], [0, 1], true],
];

const reduce = (
  op: (x: Tensor, o: ops.ReduceOptions) => Tensor,
  start: number,
  f: (t: number, v: number) => number,
): OpCase[] =>
  reductions.map(([shape, axes, keepDims]) => ({
    name: `[${shape}] over ${axes ?? 'all'}${keepDims ? ', kept' : ''}`,
    inputs: like(shape),
    build: (x) => op(x as Tensor, { ...(axes ? { axes } : {}), keepDims }),
    reference: (x) => {
      const { shape } = x as Nd;
      const list = (axes ?? shape.map((_, i) => i)).map((a) => (a + shape.length) % shape.length);
      return fold(x as Nd, list, keepDims, start, f);
    },
    second: op === ops.sum,
  }));

const softmaxOf = (x: Nd, axis: number): Nd => {
  const top = fold(x, [axis], true, -Infinity, Math.max);
  const e = zip(x, top, (a, b) => Math.exp(a - b));
  return zip(e, sumOf(e, [axis]), (a, b) => a / b);
};

const alongAxis: readonly (readonly [readonly number[], number])[] = [
  [[6], 0],
  [[3, 5], -1],
  [[2, 4, 3], 1],
  [[2, 3, 4, 5], -1],
];

const shapeOnly = (
  name: string,
  shape: readonly number[],
  build: (x: Tensor) => Tensor,
  reference: (x: Nd) => Nd,
): OpCase => ({
  name,
  inputs: like(shape),
  build: (x) => build(x as Tensor),
  reference: (x) => reference(x as Nd),
});

const slices: readonly (readonly [readonly number[], number, number, number, number])[] = [
  [[9], 0, 2, 7, 1],
  [[9], 0, 1, 9, 3],
  [[2, 8, 3], 1, 0, 8, 2],
  [[2, 7, 3], -2, 1, 6, 2],
  [[3, 6], 1, -4, -1, 1],
  [[3, 5], 0, 0, 1, 1],
];

const row = (table: Nd, indices: Nd): Nd =>
  generate([...indices.shape, ...table.shape.slice(1)], (i) =>
    at(table, [at(indices, i.slice(0, indices.shape.length)), ...i.slice(indices.shape.length)]),
  );

const scatter = (indices: Nd, updates: Nd, rows: number): Nd => {
  const tail = updates.shape.slice(indices.shape.length);
  const width = tail.reduce((a, b) => a * b, 1);
  const data = new Float64Array(rows * width);
  indices.data.forEach((r, i) => {
    for (let j = 0; j < width; j++)
      data[r * width + j] = (data[r * width + j] ?? 0) + (updates.data[i * width + j] ?? 0);
  });
  return { shape: [rows, ...tail], data };
};

export const shapeCases: OpCases<
  | 'sum'
  | 'max'
  | 'softmax'
  | 'logSumExp'
  | 'reshape'
  | 'transpose'
  | 'expand'
  | 'concat'
  | 'slice'
  | 'pad'
  | 'flip'
  | 'gather'
  | 'scatterAdd'
  | 'resizeNearest'
> = {
  sum: [
    ...reduce(ops.sum, 0, (t, v) => t + v),
    {
      name: 'a hundred thousand values, all and kept axes',
      inputs: like([40, 50, 60]),
      build: (x) => ops.add(ops.sum(x as Tensor, { axes: [0, 2] }), ops.mul(ops.sum(x as Tensor), 1e-2)),
      reference: (x) => {
        const part = sumOf(x as Nd, [0, 2], false);
        const all = sumOf(x as Nd, [0, 1, 2], false);
        return map(part, (v) => v + 1e-2 * (all.data[0] as number));
      },
      gradient: (g) => {
        const all = sumOf(g, [0], false).data[0] as number;
        return [generate([40, 50, 60], (i) => (g.data[i[1] as number] as number) + 1e-2 * all)];
      },
    },
  ],
  max: [
    ...reduce(ops.max, -Infinity, Math.max),
    {
      name: 'ties share the gradient',
      gradients: 'closed',
      inputs: [{ shape: [2, 3], values: [1, 2, 2, 5, 5, 5] }],
      build: (x) => ops.max(x as Tensor, { axes: [1] }),
      reference: (x) => fold(x as Nd, [1], false, -Infinity, Math.max),
      gradient: (g) => [
        generate([2, 3], ([i, j]) => (i === 0 ? (j === 0 ? 0 : at(g, [0]) / 2) : at(g, [1]) / 3)),
      ],
    },
  ],
  softmax: alongAxis.map(([shape, axis]) => ({
    name: `[${shape}] along ${axis}`,
    inputs: [{ shape, range: [-4, 4] }],
    build: (x) => ops.softmax(x as Tensor, axis),
    reference: (x) => softmaxOf(x as Nd, (axis + shape.length) % shape.length),
    second: shape.length < 4,
  })),
  logSumExp: [false, true].flatMap((keepDims) =>
    alongAxis.map(([shape, axis]): OpCase => {
      const a = (axis + shape.length) % shape.length;
      return {
        name: `[${shape}] along ${axis}${keepDims ? ', kept' : ''}`,
        inputs: [{ shape, range: [-4, 4] }],
        build: (x) => ops.logSumExp(x as Tensor, axis, keepDims),
        reference: (x) => map(sumOf(map(x as Nd, Math.exp), [a], keepDims), Math.log),
        gradient: (g, x) => {
          const wide = { shape: shape.map((d, i) => (i === a ? 1 : d)), data: g.data };
          return [zip(wide, softmaxOf(x as Nd, a), (p, q) => p * q)];
        },
      };
    }),
  ),
  reshape: [
    shapeOnly(
      '[2, 3, 4] to [4, 6]',
      [2, 3, 4],
      (x) => ops.reshape(x, [4, 6]),
      (x) => ({ shape: [4, 6], data: x.data }),
    ),
    shapeOnly(
      'with -1',
      [2, 3, 4],
      (x) => ops.reshape(x, [3, -1]),
      (x) => ({ shape: [3, 8], data: x.data }),
    ),
    shapeOnly(
      'to a scalar',
      [1, 1],
      (x) => ops.reshape(x, []),
      (x) => ({ shape: [], data: x.data }),
    ),
    shapeOnly(
      'from a scalar',
      [],
      (x) => ops.reshape(x, [1, 1]),
      (x) => ({ shape: [1, 1], data: x.data }),
    ),
  ],
  transpose: [
    [
      [3, 5],
      [1, 0],
    ],
    [
      [2, 3, 4],
      [2, 0, 1],
    ],
    [
      [2, 3, 4, 5],
      [0, 2, 1, 3],
    ],
    [
      [2, 3, 1, 4, 2],
      [4, 2, 0, 3, 1],
    ],
  ].map(([shape = [], permutation = []]) =>
    shapeOnly(
      `[${shape}] by ${permutation}`,
      shape,
      (x) => ops.transpose(x, permutation),
      (x) =>
        generate(
          permutation.map((a) => shape[a] as number),
          (i) =>
            at(
              x,
              shape.map((_, a) => i[permutation.indexOf(a)] as number),
            ),
        ),
    ),
  ),
  expand: [
    [
      [3, 1],
      [3, 4],
    ],
    [[], [2, 3]],
    [
      [1, 3, 1],
      [2, 5, 3, 2],
    ],
  ].map(([from = [], to = []]) =>
    shapeOnly(
      `[${from}] to [${to}]`,
      from,
      (x) => ops.expand(x, to),
      (x) => generate(to, (i) => at(x, i)),
    ),
  ),
  concat: [0, 1, -1].map((axis) => {
    const a = (axis + 3) % 3;
    const shapes = [2, 1, 3].map((d) => [4, 2, 3].map((v, i) => (i === a ? d : v)));
    return {
      name: `three parts along ${axis}`,
      inputs: like(...shapes),
      build: (...parts) => ops.concat(parts, axis),
      reference: (...parts) =>
        generate(
          [4, 2, 3].map((v, i) => (i === a ? 6 : v)),
          (i) => {
            const where = i[a] as number;
            const [k, start] = where < 2 ? [0, 0] : where < 3 ? [1, 2] : [2, 3];
            return at(
              parts[k] as Nd,
              i.map((v, b) => (b === a ? v - start : v)),
            );
          },
        ),
    };
  }),
  slice: slices.map(([shape, axis, start, end, step]) => {
    const a = (axis + shape.length) % shape.length;
    const [from, to] = [start, end].map((v) => (v < 0 ? v + (shape[a] as number) : v)) as [number, number];
    return shapeOnly(
      `[${shape}] axis ${axis}, ${start}:${end}:${step}`,
      shape,
      (x) => ops.slice(x, axis, start, end, step),
      (x) =>
        generate(
          shape.map((d, i) => (i === a ? Math.ceil((to - from) / step) : d)),
          (i) =>
            at(
              x,
              i.map((v, b) => (b === a ? from + v * step : v)),
            ),
        ),
    );
  }),
  pad: [
    [[3], [1], [2]],
    [
      [2, 3, 4],
      [0, 1, 2],
      [3, 0, 1],
    ],
    [
      [2, 3, 4],
      [0, 0, 0],
      [0, 0, 1],
    ],
  ].map(([shape = [], before = [], after = []]) =>
    shapeOnly(
      `[${shape}] by ${before} and ${after}`,
      shape,
      (x) => ops.pad(x, before, after),
      (x) =>
        generate(
          shape.map((d, i) => d + (before[i] as number) + (after[i] as number)),
          (i) =>
            atOrZero(
              x,
              i.map((v, b) => v - (before[b] as number)),
            ),
        ),
    ),
  ),
  flip: [
    [[5], [0]],
    [[2, 3, 4], [1]],
    [
      [2, 3, 4],
      [0, -1],
    ],
  ].map(([shape = [], axes = []]) => {
    const flipped = axes.map((a) => (a + shape.length) % shape.length);
    return shapeOnly(
      `[${shape}] along ${axes}`,
      shape,
      (x) => ops.flip(x, axes),
      (x) =>
        generate(shape, (i) =>
          at(
            x,
            i.map((v, b) => (flipped.includes(b) ? (shape[b] as number) - 1 - v : v)),
          ),
        ),
    );
  }),
  gather: [
    [[5, 3], [4]],
    [
      [5, 3],
      [2, 6],
    ],
    [[7], [3]],
    [[4, 2, 3], []],
  ].map(([table = [], indices = []]) => ({
    name: `rows [${indices}] of [${table}]`,
    inputs: [
      { shape: table },
      { shape: indices, dtype: 'int64' as const, range: [0, table[0] as number] as const },
    ],
    build: (t, i) => ops.gather(t as Tensor, i as Tensor),
    reference: (t, i) => row(t as Nd, i as Nd),
    second: true,
  })),
  scatterAdd: [
    [[6], [6, 3]],
    [
      [2, 5],
      [2, 5, 3],
    ],
    [[4], [4]],
  ].map(([indices = [], updates = []]) => ({
    name: `[${updates}] into 4 rows, some twice`,
    inputs: [{ shape: indices, dtype: 'int64' as const, range: [0, 4] as const }, { shape: updates }],
    build: (i, u) => ops.scatterAdd(i as Tensor, u as Tensor, 4),
    reference: (i, u) => scatter(i as Nd, u as Nd, 4),
  })),
  resizeNearest: [
    [4, 6],
    [5, 7],
    [1, 2],
    [9, 3],
  ].map(([height = 1, width = 1]) =>
    shapeOnly(
      `3 x 3 to ${height} x ${width}`,
      [2, 3, 3, 3],
      (x) => ops.resizeNearest(x, height, width),
      (x) =>
        generate([2, 3, height, width], ([n, c, i, j]) =>
          at(x, [
            n as number,
            c as number,
            Math.floor(((i as number) * 3) / height),
            Math.floor(((j as number) * 3) / width),
          ]),
        ),
    ),
  ),
};
