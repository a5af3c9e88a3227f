import type { Tensor } from '../../graph/index.ts';
import * as ops from '../../graph/index.ts';
import { at, generate, map, type Nd, zip } from './nd.ts';
import { like, type OpCase, type OpCases } from './opCase.ts';

type Binary = 'add' | 'sub' | 'mul' | 'div' | 'maximum' | 'minimum';

const pairs: readonly (readonly [string, readonly number[], readonly number[]])[] = [
  ['equal shapes', [3, 5], [3, 5]],
  ['a row', [2, 3, 5], [5]],
  ['a column', [4, 1], [4, 7]],
  ['both sides stretched', [2, 1, 3], [5, 1]],
  ['a scalar', [], [2, 3]],
];

function binary(
  op: (a: Tensor, b: Tensor) => Tensor,
  f: (a: number, b: number) => number,
  range: readonly [number, number] = [-2, 2],
): OpCase[] {
  return pairs.map(([name, a, b]) => ({
    name,
    inputs: [{ shape: a }, { shape: b, range }],
    build: (x, y) => op(x as Tensor, y as Tensor),
    reference: (x, y) => zip(x as Nd, y as Nd, f),
    second: name === 'a row' && op !== ops.maximum && op !== ops.minimum,
  }));
}

const tie: Pick<OpCase, 'inputs' | 'reference'> = {
  inputs: [
    { shape: [3], values: [1, 2, 3] },
    { shape: [3], values: [1, 5, 1] },
  ],
  reference: (a) => a as Nd,
};

/** Half of the gradient for each side where both are equal. */
const shareOf =
  (wins: (a: number, b: number) => boolean): NonNullable<OpCase['gradient']> =>
  (g, a, b) => {
    const share = zip(a as Nd, b as Nd, (x, y) => (x === y ? 0.5 : Number(wins(x, y))));
    return [zip(g, share, (x, y) => x * y), zip(g, share, (x, y) => x * (1 - y))];
  };

const binaries: OpCases<Binary> = {
  add: binary(ops.add, (a, b) => a + b),
  sub: binary(ops.sub, (a, b) => a - b),
  mul: [
    ...binary(ops.mul, (a, b) => a * b),
    {
      name: 'a tensor with itself',
      inputs: like([2, 3]),
      build: (x) => ops.square(x as Tensor),
      reference: (x) => map(x as Nd, (v) => v * v),
      gradient: (g, x) => [zip(g, x as Nd, (a, b) => 2 * a * b)],
      second: true,
    },
  ],
  div: binary(ops.div, (a, b) => a / b, [0.5, 2]),
  maximum: [
    ...binary(ops.maximum, Math.max),
    {
      ...tie,
      name: 'ties share, as in torch',
      build: (a, b) => ops.maximum(a as Tensor, b as Tensor),
      reference: (a, b) => zip(a as Nd, b as Nd, Math.max),
      gradient: shareOf((a, b) => a > b),
    },
  ],
  minimum: [
    ...binary(ops.minimum, Math.min),
    {
      ...tie,
      name: 'ties share, as in torch',
      build: (a, b) => ops.minimum(a as Tensor, b as Tensor),
      reference: (a, b) => zip(a as Nd, b as Nd, Math.min),
      gradient: shareOf((a, b) => a < b),
    },
  ],
};

interface Curve {
  readonly op: (x: Tensor) => Tensor;
  readonly f: (x: number) => number;
  /** The derivative in closed form. */
  readonly d: (x: number) => number;
  readonly range?: readonly [number, number];
  readonly flat?: boolean;
}

function unary({ op, f, d, range = [-2, 2], flat = false }: Curve): OpCase[] {
  return [[7], [2, 3, 5], []].map((shape) => ({
    name: `shape [${shape}]`,
    inputs: [{ shape, range }],
    build: (x) => op(x as Tensor),
    reference: (x) => map(x as Nd, f),
    gradient: (g, x) => [zip(g, map(x as Nd, d), (a, b) => a * b)],
    second: !flat && shape.length === 3,
  }));
}

const logistic = (x: number): number => 1 / (1 + Math.exp(-x));
const density = (x: number): number => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);

/** The error function by its Maclaurin series, which converges to double precision for |x| < 3. */
export function erfOf(x: number): number {
  let term = x;
  let total = x;
  for (let n = 1; n < 80; n++) {
    term *= (-x * x) / n;
    total += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * total;
}

const cdf = (x: number): number => (1 + erfOf(x * Math.SQRT1_2)) / 2;
const quick = (alpha: number): Omit<Curve, 'op'> => ({
  f: (x) => x * logistic(alpha * x),
  d: (x) => {
    const s = logistic(alpha * x);
    return s + alpha * x * s * (1 - s);
  },
});

const unaries: OpCases<
  | 'neg'
  | 'exp'
  | 'log'
  | 'sqrt'
  | 'reciprocal'
  | 'abs'
  | 'sign'
  | 'sin'
  | 'cos'
  | 'tanh'
  | 'erf'
  | 'sigmoid'
  | 'relu'
  | 'softplus'
  | 'gelu'
  | 'quickGelu'
> = {
  neg: unary({ op: ops.neg, f: (x) => -x, d: () => -1 }),
  exp: unary({ op: ops.exp, f: Math.exp, d: Math.exp }),
  log: unary({ op: ops.log, f: Math.log, d: (x) => 1 / x, range: [0.2, 3] }),
  sqrt: unary({ op: ops.sqrt, f: Math.sqrt, d: (x) => 0.5 / Math.sqrt(x), range: [0.2, 3] }),
  reciprocal: unary({ op: ops.reciprocal, f: (x) => 1 / x, d: (x) => -1 / x ** 2, range: [0.3, 3] }),
  abs: unary({ op: ops.abs, f: Math.abs, d: Math.sign, flat: true }),
  sign: unary({ op: ops.sign, f: Math.sign, d: () => 0, flat: true }),
  sin: unary({ op: ops.sin, f: Math.sin, d: Math.cos }),
  cos: unary({ op: ops.cos, f: Math.cos, d: (x) => -Math.sin(x) }),
  tanh: unary({ op: ops.tanh, f: Math.tanh, d: (x) => 1 - Math.tanh(x) ** 2 }),
  erf: unary({ op: ops.erf, f: erfOf, d: (x) => (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) }),
  sigmoid: unary({ op: ops.sigmoid, f: logistic, d: (x) => logistic(x) * (1 - logistic(x)) }),
  relu: unary({ op: ops.relu, f: (x) => Math.max(x, 0), d: (x) => Number(x > 0), flat: true }),
  softplus: unary({ op: ops.softplus, f: (x) => Math.log1p(Math.exp(x)), d: logistic }),
  gelu: unary({ op: ops.gelu, f: (x) => x * cdf(x), d: (x) => cdf(x) + x * density(x) }),
  quickGelu: [
    ...unary({ op: (x) => ops.quickGelu(x), ...quick(1.702) }),
    ...unary({ op: ops.silu, ...quick(1) }).map((c) => ({ ...c, name: `silu, ${c.name}` })),
  ],
};

const choose = (c: Nd, a: Nd, b: Nd): Nd =>
  generate(ops.broadcastShapes(ops.broadcastShapes(a.shape, b.shape) ?? [], c.shape) ?? [], (i) =>
    at(c, i) ? at(a, i) : at(b, i),
  );

export const elementwiseCases: OpCases<
  keyof typeof binaries | keyof typeof unaries | 'equal' | 'where' | 'cast' | 'stopGradient' | 'after'
> = {
  ...binaries,
  ...unaries,
  equal: [
    {
      name: 'two rows',
      inputs: [
        { shape: [2, 2], values: [1, 2, 3, 4] },
        { shape: [2], values: [1, 4] },
      ],
      build: (a, b) => ops.equal(a as Tensor, b as Tensor),
      reference: (a, b) => zip(a as Nd, b as Nd, (x, y) => Number(x === y)),
      gradients: 'none',
    },
  ],
  where: [
    [
      [3, 4],
      [3, 4],
      [3, 4],
    ],
    [[4], [3, 1], [2, 3, 4]],
    [[2, 3, 1], [4], []],
  ].map(([c, a, b]) => ({
    name: `[${c}] ? [${a}] : [${b}]`,
    inputs: [{ shape: c ?? [], dtype: 'bool' as const }, { shape: a ?? [] }, { shape: b ?? [] }],
    build: (c, a, b) => ops.where(c as Tensor, a as Tensor, b as Tensor),
    reference: (c, a, b) => choose(c as Nd, a as Nd, b as Nd),
    second: true,
  })),
  cast: [
    {
      name: 'to float16 and back',
      inputs: [{ shape: [4], values: [0.5, -1.25, 3, 1024] }],
      build: (x) => ops.cast(ops.cast(x as Tensor, 'float16'), 'float32'),
      reference: (x) => x as Nd,
      // the gradient passes through float16 as well and is rounded there
      tolerance: 1e-3,
    },
    {
      name: 'int64 to float32',
      inputs: [{ shape: [2, 3], dtype: 'int64', range: [-5, 6] }],
      build: (x) => ops.cast(x as Tensor, 'float32'),
      reference: (x) => x as Nd,
    },
    {
      name: 'to int32 and back: no gradient',
      inputs: like([3, 3]),
      build: (x) => ops.cast(ops.cast(x as Tensor, 'int32'), 'float32'),
      reference: (x) => map(x as Nd, Math.trunc),
      gradients: 'zero',
    },
  ],
  after: [
    {
      name: '[2,3] after [4]',
      inputs: like([2, 3], [4]),
      build: (x, other) => ops.after(x as Tensor, other as Tensor),
      reference: (x) => x as Nd,
    },
    {
      name: '[2,3] after [4], [2,2] and []',
      inputs: like([2, 3], [4], [2, 2], []),
      build: (x, ...others) => ops.after(x as Tensor, ...(others as Tensor[])),
      reference: (x) => x as Nd,
    },
  ],
  stopGradient: [
    {
      name: 'x stop(x)',
      inputs: like([2, 3]),
      build: (x) => ops.stopGradient(ops.exp(x as Tensor)),
      reference: (x) => map(x as Nd, Math.exp),
      gradients: 'zero',
    },
  ],
};
