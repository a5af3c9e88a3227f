import type { Tensor } from '../../graph/index.ts';
import * as ops from '../../graph/index.ts';
import { at, generate, type Nd, total } from './nd.ts';
import { like, type OpCases } from './opCase.ts';

const epsilon = 1e-5;

/** Normalises each row of `span` consecutive values; with `centre` false the mean stays. */
function normalizeRows(x: Nd, span: number, centre: boolean): Nd {
  const data = new Float64Array(x.data.length);
  for (let start = 0; start < data.length; start += span) {
    const value = (i: number): number => x.data[start + i] as number;
    const mean = centre ? total(span, value) / span : 0;
    const variance = total(span, (i) => (value(i) - mean) ** 2) / span;
    for (let i = 0; i < span; i++) data[start + i] = (value(i) - mean) / Math.sqrt(variance + epsilon);
  }
  return { shape: x.shape, data };
}

const rows = [[6], [3, 5], [2, 3, 8], [2, 1, 3, 4]];

const turn = (x: Nd, cos: Nd, sin: Nd): Nd => {
  const half = (x.shape.at(-1) as number) / 2;
  return generate(x.shape, (index) => {
    const lead = index.slice(0, -1);
    const k = index.at(-1) as number;
    const place = [...lead, k % half];
    const other = at(x, [...lead, (k + half) % (2 * half)]);
    return at(x, index) * at(cos, place) + (k < half ? -other : other) * at(sin, place);
  });
};

export const normCases: OpCases<'layerNorm' | 'rmsNorm' | 'groupNorm' | 'rotary'> = {
  layerNorm: rows.map((shape) => {
    const c = shape.at(-1) as number;
    return {
      name: `[${shape}]`,
      inputs: like(shape, [c], [c]),
      build: (x, s, b) => ops.layerNorm(x as Tensor, s as Tensor, b as Tensor, epsilon),
      reference: (x, s, b) => {
        const hat = normalizeRows(x as Nd, c, true);
        return generate(shape, (i) => at(hat, i) * at(s as Nd, i) + at(b as Nd, i));
      },
    };
  }),
  rmsNorm: rows.map((shape) => {
    const c = shape.at(-1) as number;
    return {
      name: `[${shape}]`,
      inputs: like(shape, [c]),
      build: (x, s) => ops.rmsNorm(x as Tensor, s as Tensor, epsilon),
      reference: (x, s) => {
        const hat = normalizeRows(x as Nd, c, false);
        return generate(shape, (i) => at(hat, i) * at(s as Nd, i));
      },
    };
  }),
  groupNorm: [
    { shape: [2, 4, 3], groups: 2 },
    { shape: [2, 6, 3, 5], groups: 3 },
    { shape: [1, 4, 2, 2], groups: 4 },
    { shape: [3, 5, 4, 3], groups: 1 },
    { shape: [2, 4, 2, 3, 2], groups: 2 },
    { shape: [2, 32, 6, 8], groups: 8 },
  ].map(({ shape, groups }) => {
    const c = shape[1] as number;
    const span = shape.slice(2).reduce((a, b) => a * b, c / groups);
    return {
      name: `[${shape}] in ${groups} groups`,
      inputs: like(shape, [c], [c]),
      build: (x, s, b) => ops.groupNorm(x as Tensor, s as Tensor, b as Tensor, groups, epsilon),
      reference: (x, s, b) => {
        const hat = normalizeRows(x as Nd, span, true);
        return generate(
          shape,
          (i) => at(hat, i) * at(s as Nd, [i[1] as number]) + at(b as Nd, [i[1] as number]),
        );
      },
    };
  }),
  rotary: [
    [
      [3, 4],
      [3, 2],
    ],
    [
      [2, 3, 5, 6],
      [5, 3],
    ],
    [
      [2, 3, 5, 4],
      [2, 1, 5, 2],
    ],
    [
      [2, 4, 1, 8],
      [1, 4],
    ],
  ].map(([x = [], table = []]) => ({
    name: `[${x}] with tables [${table}]`,
    inputs: like(x, table, table),
    build: (x, c, s) => ops.rotary(x as Tensor, c as Tensor, s as Tensor),
    reference: (x, c, s) => turn(x as Nd, c as Nd, s as Nd),
  })),
};
