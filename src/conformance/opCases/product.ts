import type { ConvAttributes, Tensor } from '../../graph/index.ts';
import * as ops from '../../graph/index.ts';
import { at, generate, type Nd, placeOf, total } from './nd.ts';
import { like, type OpCase, type OpCases } from './opCase.ts';

const flags = [false, true];

/** Batched matrix product by its definition. */
function product(a: Nd, b: Nd, transA: boolean, transB: boolean, alpha: number): Nd {
  const [rowsA, columnsA] = a.shape.slice(-2) as [number, number];
  const [rowsB, columnsB] = b.shape.slice(-2) as [number, number];
  const [m, k] = transA ? [columnsA, rowsA] : [rowsA, columnsA];
  const n = transB ? rowsB : columnsB;
  const [batchA, batchB] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
  const batch = ops.broadcastShapes(batchA, batchB) as number[];
  const data: number[] = [];
  generate(batch, (index) => {
    const fromA = placeOf(batchA, index) * m * k;
    const fromB = placeOf(batchB, index) * k * n;
    for (let i = 0; i < m; i++)
      for (let j = 0; j < n; j++) {
        const term = (s: number): number =>
          (a.data[fromA + (transA ? s * m + i : i * k + s)] as number) *
          (b.data[fromB + (transB ? j * k + s : s * n + j)] as number);
        data.push(alpha * total(k, term));
      }
    return 0;
  });
  return { shape: [...batch, m, n], data: Float64Array.from(data) };
}

const operands: readonly (readonly [readonly number[], number, readonly number[]])[] = [
  [[], 3, []],
  [[2], 1, [2]],
  [[2, 3], 4, [2, 3]],
  [[2, 3], 4, []],
  [[3], 2, [2, 3]],
  [[2, 1], 3, [1, 3]],
];

const matmuls: OpCase[] = flags.flatMap((transA) =>
  flags.flatMap((transB) =>
    operands.map(([batchA, m, batchB]): OpCase => {
      const [k, n] = [5, 2];
      const alpha = transA === transB ? 1 : 0.25;
      const a = [...batchA, ...(transA ? [k, m] : [m, k])];
      const b = [...batchB, ...(transB ? [n, k] : [k, n])];
      return {
        name: `[${a}]${transA ? 'T' : ''} x [${b}]${transB ? 'T' : ''}, alpha ${alpha}`,
        inputs: like(a, b),
        build: (x, y) => ops.matmul(x as Tensor, y as Tensor, { transA, transB, alpha }),
        reference: (x, y) => product(x as Nd, y as Nd, transA, transB, alpha),
        second: batchA.length === 1,
      };
    }),
  ),
);

const gemms: OpCase[] = flags.flatMap((transA) =>
  flags.flatMap((transB) =>
    flags.map((bias): OpCase => {
      const a = transA ? [5, 3] : [3, 5];
      const b = transB ? [4, 5] : [5, 4];
      return {
        name: `${transA ? 'aT' : 'a'} x ${transB ? 'bT' : 'b'}${bias ? ' + bias' : ''}`,
        inputs: like(a, b, ...(bias ? [[4]] : [])),
        build: (x, y, c) => ops.gemm(x as Tensor, y as Tensor, { transA, transB, bias: c }),
        reference: (x, y, c) => {
          const p = product(x as Nd, y as Nd, transA, transB, 1);
          return c ? generate(p.shape, (i) => at(p, i) + at(c, i)) : p;
        },
        second: !bias,
      };
    }),
  ),
);

interface ConvCase {
  readonly n: number;
  readonly ci: number;
  readonly co: number;
  readonly size: readonly [number, number];
  readonly kernel: readonly [number, number];
  readonly strides?: readonly [number, number];
  readonly pads?: readonly [number, number, number, number];
  readonly second?: boolean;
}

const convolutions: readonly ConvCase[] = [
  { n: 1, ci: 1, co: 1, size: [4, 4], kernel: [3, 3] },
  { n: 2, ci: 3, co: 4, size: [5, 6], kernel: [3, 3], pads: [1, 1, 1, 1], second: true },
  { n: 2, ci: 3, co: 2, size: [4, 5], kernel: [1, 1], second: true },
  { n: 3, ci: 2, co: 3, size: [5, 5], kernel: [1, 1], strides: [2, 2] },
  { n: 2, ci: 3, co: 4, size: [6, 8], kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1], second: true },
  { n: 1, ci: 2, co: 3, size: [7, 5], kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] },
  { n: 2, ci: 2, co: 2, size: [6, 6], kernel: [3, 3], strides: [2, 2], pads: [0, 0, 1, 1] },
  { n: 1, ci: 2, co: 3, size: [5, 6], kernel: [3, 3], pads: [0, 1, 2, 0] },
  { n: 2, ci: 2, co: 3, size: [6, 7], kernel: [2, 3], strides: [1, 2], pads: [1, 0, 0, 2] },
  { n: 2, ci: 1, co: 3, size: [5, 1], kernel: [3, 1], pads: [1, 0, 1, 0] },
  { n: 1, ci: 3, co: 2, size: [8, 8], kernel: [4, 4], strides: [4, 4] },
  { n: 1, ci: 2, co: 2, size: [8, 9], kernel: [4, 4], strides: [2, 2], pads: [1, 1, 1, 1] },
  { n: 1, ci: 2, co: 3, size: [4, 4], kernel: [1, 1], pads: [1, 1, 1, 1] },
  // channels in blocks of 16
  { n: 2, ci: 16, co: 32, size: [5, 6], kernel: [3, 3], pads: [1, 1, 1, 1] },
  { n: 1, ci: 32, co: 16, size: [5, 4], kernel: [3, 2], pads: [0, 1, 2, 0] },
  { n: 2, ci: 16, co: 16, size: [6, 7], kernel: [3, 3], strides: [2, 2], pads: [0, 0, 1, 1] },
  { n: 3, ci: 32, co: 48, size: [3, 3], kernel: [1, 1] },
  // big enough for every algorithm that a lowering chooses by size
  { n: 2, ci: 16, co: 24, size: [10, 12], kernel: [3, 3], pads: [1, 1, 1, 1] },
  { n: 2, ci: 40, co: 33, size: [4, 6], kernel: [3, 3], pads: [1, 1, 1, 1] },
  { n: 1, ci: 6, co: 8, size: [34, 36], kernel: [3, 3], pads: [1, 1, 1, 1] },
  { n: 4, ci: 17, co: 16, size: [8, 8], kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] },
];

function outputSize(c: ConvCase): [number, number] {
  const { size, kernel, strides = [1, 1], pads = [0, 0, 0, 0] } = c;
  const along = (i: 0 | 1): number =>
    Math.floor((size[i] + (pads[i] as number) + (pads[2 + i] as number) - kernel[i]) / strides[i]) + 1;
  return [along(0), along(1)];
}

type Shape4 = readonly [number, number, number, number];

/**
 * Visits every product of a cross-correlation once: the places of its factors in x [n, ci, h, w] and in the kernels
 * [co, ci, kh, kw], and of the sum that it belongs to in y [n, co, i, j].
 */
function eachProduct(
  [batch, ci, h, w]: Shape4,
  [co, , kh, kw]: Shape4,
  [, , rows, columns]: Shape4,
  { strides, pads }: ConvAttributes,
  visit: (x: number, kernel: number, y: number) => void,
): void {
  let sum = 0;
  for (let n = 0; n < batch; n++)
    for (let o = 0; o < co; o++)
      for (let i = 0; i < rows; i++)
        for (let j = 0; j < columns; j++, sum++)
          for (let p = 0; p < kh; p++)
            for (let q = 0; q < kw; q++) {
              const y = i * strides[0] + p - pads[0];
              const z = j * strides[1] + q - pads[1];
              if (y < 0 || y >= h || z < 0 || z >= w) continue;
              for (let c = 0; c < ci; c++)
                visit(((n * ci + c) * h + y) * w + z, ((o * ci + c) * kh + p) * kw + q, sum);
            }
}

/** An array of zeros to which `add(place, value)` adds. */
function sums(shape: Shape4, fill: (add: (place: number, value: number) => void) => void): Nd {
  const data = new Float64Array(shape.reduce((size, d) => size * d, 1));
  fill((place, value) => {
    data[place] = (data[place] as number) + value;
  });
  return { shape, data };
}

function crossCorrelation(x: Nd, w: Nd, a: ConvAttributes, size: readonly [number, number]): Nd {
  const [from, kernels] = [x.shape as Shape4, w.shape as Shape4];
  const shape: Shape4 = [from[0], kernels[0], ...size];
  return sums(shape, (add) =>
    eachProduct(from, kernels, shape, a, (at, k, y) =>
      add(y, (x.data[at] as number) * (w.data[k] as number)),
    ),
  );
}

function inputGradient(g: Nd, w: Nd, a: ConvAttributes, size: readonly [number, number]): Nd {
  const [from, kernels] = [g.shape as Shape4, w.shape as Shape4];
  const shape: Shape4 = [from[0], kernels[1], ...size];
  return sums(shape, (add) =>
    eachProduct(shape, kernels, from, a, (x, k, y) => add(x, (g.data[y] as number) * (w.data[k] as number))),
  );
}

function weightGradient(x: Nd, g: Nd, a: ConvAttributes, kernel: readonly [number, number]): Nd {
  const [from, to] = [x.shape as Shape4, g.shape as Shape4];
  const shape: Shape4 = [to[1], from[1], ...kernel];
  return sums(shape, (add) =>
    eachProduct(from, shape, to, a, (at, k, y) => add(k, (g.data[y] as number) * (x.data[at] as number))),
  );
}

const convName = (c: ConvCase): string =>
  `${c.n} x ${c.ci} x ${c.size.join(' x ')}, ${c.co} kernels ${c.kernel.join(' x ')}, strides ${c.strides ?? 1}, pads ${c.pads ?? 0}`;

const attributesOf = ({ strides = [1, 1], pads = [0, 0, 0, 0] }: ConvCase): ConvAttributes => ({
  strides,
  pads,
});

/** Large enough for the other algorithm of a transposed operand. */
const largeTransposed: OpCase = {
  name: 'aT x b, 512 wide',
  inputs: like([16, 512], [16, 128]),
  build: (x, y) => ops.gemm(x as Tensor, y as Tensor, { transA: true }),
  reference: (x, y) => product(x as Nd, y as Nd, true, false, 1),
  gradient: (g, x, y) => [product(y as Nd, g, false, true, 1), product(x as Nd, g, false, false, 1)],
};

const softRows = (x: Nd): Nd => {
  const n = x.shape.at(-1) as number;
  const data = new Float64Array(x.data.length);
  for (let start = 0; start < data.length; start += n) {
    const sum = total(n, (i) => Math.exp(x.data[start + i] as number));
    for (let i = 0; i < n; i++) data[start + i] = Math.exp(x.data[start + i] as number) / sum;
  }
  return { shape: x.shape, data };
};

/** Attention: the product of a softmax, alone and beside another use of the softmax; shared and wider values. */
const attentions: OpCase[] = [
  [
    [2, 3, 4],
    [2, 4, 5],
  ],
  [
    [2, 3, 4],
    [4, 5],
  ],
  [
    [3, 4],
    [2, 4, 5],
  ],
].flatMap(([scores = [], values = []]) => {
  const product2 = (x: Nd, v: Nd): Nd => product(softRows(x), v, false, false, 1);
  const inputs = like(scores, values);
  return [
    {
      name: `softmax [${scores}] x [${values}]`,
      inputs,
      build: (x, v) => ops.matmul(ops.softmax(x as Tensor), v as Tensor),
      reference: (x, v) => product2(x as Nd, v as Nd),
      second: scores.length === values.length,
    },
    {
      name: `softmax [${scores}] x [${values}] and its square`,
      inputs,
      build: (x, v) => {
        const p = ops.softmax(x as Tensor);
        return ops.add(ops.matmul(p, v as Tensor), ops.sum(ops.square(p)));
      },
      reference: (x, v) => {
        const squares = total(x?.data.length ?? 0, (i) => (softRows(x as Nd).data[i] as number) ** 2);
        const y = product2(x as Nd, v as Nd);
        return { shape: y.shape, data: y.data.map((e) => e + squares) };
      },
    },
  ] satisfies OpCase[];
});

export const productCases: OpCases<'gemm' | 'matmul' | 'conv2d' | 'conv2dInput' | 'conv2dWeight'> = {
  gemm: [...gemms, largeTransposed],
  matmul: [...matmuls, ...attentions],
  conv2d: convolutions.flatMap((c) =>
    flags.map((bias): OpCase => {
      const a = attributesOf(c);
      return {
        name: `${convName(c)}${bias ? ', bias' : ''}`,
        inputs: like([c.n, c.ci, ...c.size], [c.co, c.ci, ...c.kernel], ...(bias ? [[c.co]] : [])),
        build: (x, w, b) =>
          ops.conv2d(x as Tensor, w as Tensor, { stride: a.strides, padding: a.pads, bias: b }),
        reference: (x, w, b) => {
          const y = crossCorrelation(x as Nd, w as Nd, a, outputSize(c));
          return b ? generate(y.shape, (i) => at(y, i) + (b.data[i[1] as number] as number)) : y;
        },
        gradient: (g, x, w) => [
          inputGradient(g, w as Nd, a, c.size),
          weightGradient(x as Nd, g, a, c.kernel),
          ...(bias
            ? [
                generate([c.co], ([o]) =>
                  total(g.data.length, (i) => {
                    const area = g.data.length / (c.n * c.co);
                    return Math.floor(i / area) % c.co === o ? (g.data[i] as number) : 0;
                  }),
                ),
              ]
            : []),
        ],
        second: (c.second ?? false) && !bias,
      };
    }),
  ),
  conv2dInput: convolutions.map((c) => {
    const a = attributesOf(c);
    return {
      name: convName(c),
      inputs: like([c.n, c.co, ...outputSize(c)], [c.co, c.ci, ...c.kernel]),
      build: (g, w) => ops.conv2dInput(g as Tensor, w as Tensor, a, c.size),
      reference: (g, w) => inputGradient(g as Nd, w as Nd, a, c.size),
      gradient: (u, g, w) => [
        crossCorrelation(u, w as Nd, a, outputSize(c)),
        weightGradient(u, g as Nd, a, c.kernel),
      ],
      second: c.second ?? false,
    };
  }),
  conv2dWeight: convolutions.map((c) => {
    const a = attributesOf(c);
    return {
      name: convName(c),
      inputs: like([c.n, c.ci, ...c.size], [c.n, c.co, ...outputSize(c)]),
      build: (x, g) => ops.conv2dWeight(x as Tensor, g as Tensor, a, c.kernel),
      reference: (x, g) => weightGradient(x as Nd, g as Nd, a, c.kernel),
      gradient: (u, x, g) => [
        inputGradient(g as Nd, u, a, c.size),
        crossCorrelation(x as Nd, u, a, outputSize(c)),
      ],
      second: c.second ?? false,
    };
  }),
};
