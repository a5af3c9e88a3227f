import { describe, expect, it } from 'vitest';
import { grad } from '../../autodiff/index.ts';
import { f32, input, mul, Parameters, sum, type TensorData } from '../../graph/index.ts';
import { Random } from '../../random/index.ts';
import { runGraph } from '../../testing/runGraph.ts';
import {
  type FrameConditions,
  packContext,
  placeWidth,
  pooledTokens,
  rendererContext,
  rendererContextConfig,
} from './index.ts';

const config = rendererContextConfig.parse({ tokenDim: 6, sentenceDim: 5, faceDim: 4, pooledDim: 7 });
const random = Random.of(1, 'context');
const rowsOf = (n: number, dim: number): Float32Array[] =>
  Array.from({ length: n }, () => random.normals(dim));
const frames: FrameConditions[] = [
  { sentences: rowsOf(12, 5), faces: rowsOf(3, 4) },
  { sentences: [], faces: [] },
];

const parameters = new Parameters();
const tokens = input('tokens', [2, 2, 6]);
const inputs = {
  tokens,
  sentences: input('sentences', [2, 15, 5]),
  faces: input('faces', [2, 5, 4]),
  rows: input('rows', [2, 22]),
};
const context = rendererContext(parameters.scope(), inputs, config);
const pooled = pooledTokens(parameters.scope(), tokens, config);
const weights: Record<string, TensorData> = { tokens: f32(random.normals(24), [2, 2, 6]) };
for (const { name, shape, tensor } of parameters) weights[name] = f32(random.normals(tensor.size), shape);

describe('rendererContext', () => {
  it('has 22 rows: 2 tokens, 15 sentences, 5 faces; pads are exactly zero', async () => {
    const packed = packContext(frames, config);
    const out = await runGraph({ context, pooled }, { ...weights, ...packed });
    expect(out.context!.shape).toEqual([2, 22, 6]);
    expect(out.pooled!.shape).toEqual([2, 7]);
    const data = out.context!.data as Float32Array;
    const isZero = (b: number, r: number): boolean =>
      data.subarray((b * 22 + r) * 6, (b * 22 + r + 1) * 6).every((v) => v === 0);
    const present = [0, 1].map((b) => Array.from({ length: 22 }, (_, r) => r).filter((r) => !isZero(b, r)));
    const upTo = (from: number, to: number): number[] =>
      Array.from({ length: to - from }, (_, i) => from + i);
    expect(present[0]).toEqual([...upTo(0, 2), ...upTo(2, 14), ...upTo(17, 20)]);
    expect(present[1]).toEqual([0, 1]);
    expect(data.subarray(0, 12)).toEqual((weights.tokens!.data as Float32Array).subarray(0, 12)); // tokens go through as they are
  });

  it('does not let a masked row through', async () => {
    const packed = packContext(frames, config);
    const rows = (packed.rows.data as Float32Array).slice();
    rows[3] = 0;
    const sentences = (packed.sentences.data as Float32Array).slice();
    sentences.fill(99, 1 * 5, 2 * 5); // row 3 is the second sentence
    const feeds = { ...weights, ...packed, rows: f32(rows, [2, 22]) };
    const a = await runGraph({ context }, feeds);
    const b = await runGraph({ context }, { ...feeds, sentences: f32(sentences, [2, 15, 5]) });
    const plain = (t: TensorData): number[] => Array.from(t.data as Float32Array, (v) => v + 0); // -0 becomes 0
    expect(plain(a.context!)).toEqual(plain(b.context!));
  });

  it('tells with `places` whose row it is', async () => {
    const placed = { ...config, places: true };
    const own = new Parameters();
    const graph = rendererContext(
      own.scope(),
      { ...inputs, places: input('places', [2, 22, placeWidth(placed)]) },
      placed,
    );
    const face = random.normals(4);
    const sentence = random.normals(5);
    const frame = { sentences: [sentence, sentence, sentence], faces: [face, face], owners: [0, 1, -1] };
    const packed = packContext([frame, { sentences: [], faces: [face] }], placed);
    const all: Record<string, TensorData> = { ...weights, ...packed };
    for (const { name, shape, tensor } of own) all[name] ??= f32(random.normals(tensor.size), shape);
    const { context } = await runGraph({ context: graph }, all);
    const row = (b: number, r: number): string => {
      const data = context!.data as Float32Array;
      return data.subarray((b * 22 + r) * 6, (b * 22 + r + 1) * 6).join();
    };
    // the same sentence and the same face, at different places, and among different numbers of people
    const rows = [row(0, 2), row(0, 3), row(0, 4), row(0, 17), row(0, 18), row(1, 17)];
    expect(new Set(rows).size).toBe(rows.length);
    expect(row(0, 19)).toBe(row(0, 20)); // pads stay zero
    expect(() => packContext([{ ...frame, faces: [face] }], placed)).toThrow(
      /sentence 1 of frame 0 speaks of person 1 of 1/,
    );
    expect(() => rendererContext(new Parameters().scope(), inputs, placed)).toThrow(/places, got no input/);
  });

  it('tells with `columns` whose part of the picture each is', () => {
    const face = random.normals(4);
    const sentences = rowsOf(4, 5);
    const frame = { sentences, faces: [face, face], owners: [0, 0, 1, -1] };
    const { columns } = packContext([frame, { sentences, faces: [] }], { ...config, columns: 3 });
    expect(columns?.shape).toEqual([2, 3, 22]);
    const told = (b: number, x: number): [row: number, weight: number][] => {
      const at = (b * 3 + x) * 22;
      return [...(columns!.data as Float32Array).subarray(at, at + 22)].flatMap((v, r) =>
        v ? [[r, v]] : [],
      );
    };
    // rows 2 .. 16 are sentences, 17 .. 21 faces; the middle column's centre lies in the second person's half
    expect(told(0, 0)).toEqual([
      [2, 0.5],
      [3, 0.5],
      [17, 1],
    ]);
    for (const x of [1, 2]) {
      expect(told(0, x)).toEqual([
        [4, 1],
        [18, 1],
      ]);
    }
    expect(told(1, 1)).toEqual([]);
  });

  it('gives every parameter a finite gradient', async () => {
    const list = [...parameters];
    const loss = [context, pooled].map((t, i) => sum(mul(t, input(`w${i}`, t.shape))));
    const gradients = grad(
      sum(mul(loss[0]!, loss[1]!)),
      list.map((p) => p.tensor),
    );
    const out = await runGraph(Object.fromEntries(gradients.map((g, i) => [`d${i}`, g])), {
      ...weights,
      ...packContext(frames, config),
      w0: f32(random.normals(context.size), context.shape),
      w1: f32(random.normals(pooled.size), pooled.shape),
    });
    list.forEach(({ name }, i) => {
      const g = out[`d${i}`]!.data as Float32Array;
      expect(g.every(Number.isFinite), name).toBe(true);
      expect(Math.max(...g.map(Math.abs)), name).toBeGreaterThan(0);
    });
  });

  it('names the input that does not fit', () => {
    const wrong = { ...inputs, faces: input('faces', [2, 4, 4]) };
    expect(() => rendererContext(new Parameters().scope(), wrong, config)).toThrow(
      /faces \[2, 5, 4\], got input 'faces' \[2, 4, 4\]/,
    );
  });
});

describe('packContext', () => {
  it('masks a fifth of the rows in training, tokens included, the same for the same stream', () => {
    const full = { sentences: rowsOf(15, 5), faces: rowsOf(5, 4) };
    const batch = Array.from({ length: 400 }, () => full);
    const draw = (): Float32Array =>
      packContext(batch, config, Random.of(5, 'mask')).rows.data as Float32Array;
    const rows = draw();
    expect(Math.abs(rows.filter((v) => v === 0).length / rows.length - 0.2)).toBeLessThan(0.02);
    const firstTokens = rows.filter((_, i) => i % 22 === 0);
    expect(Math.abs(firstTokens.filter((v) => v === 0).length / 400 - 0.2)).toBeLessThan(0.08);
    expect(draw()).toEqual(rows);
    expect(packContext(batch, config).rows.data.every((v) => v === 1)).toBe(true);
  });

  it('refuses more rows than there are, and other widths', () => {
    expect(() => packContext([{ sentences: rowsOf(16, 5), faces: [] }], config)).toThrow(
      /frame 0 has 16 sentences.*15 rows/,
    );
    expect(() => packContext([{ sentences: [], faces: rowsOf(1, 3) }], config)).toThrow(
      /faces\[0\] of frame 0 must have 4 values, got 3/,
    );
  });
});
