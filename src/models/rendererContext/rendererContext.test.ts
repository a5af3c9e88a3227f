import { describe, expect, it } from 'vitest';
import { grad } from '../../autodiff/index.ts';
import { f32, input, mul, Parameters, sum, type TensorData } from '../../graph/index.ts';
import { Random } from '../../random/index.ts';
import { runGraph } from '../../testing/runGraph.ts';
import {
  type ConditionedFrame,
  feedsOf,
  inputsOf,
  pooledTokens,
  rendererContext,
  rendererContextConfig,
} from './index.ts';

const config = rendererContextConfig.parse({ tokenDim: 6, sentenceDim: 5, faceDim: 4, pooledDim: 7 });
const random = Random.of(1, 'context');
const rowsOf = (n: number, dim: number): Float32Array[] =>
  Array.from({ length: n }, () => random.normals(dim));
const frames: ConditionedFrame[] = [
  { tokens: rowsOf(2, 6), sentences: rowsOf(12, 5), faces: rowsOf(3, 4) },
  { tokens: rowsOf(2, 6), sentences: [], faces: [] },
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
const weights: Record<string, TensorData> = {};
for (const { name, shape, tensor } of parameters) weights[name] = f32(random.normals(tensor.size), shape);

describe('rendererContext', () => {
  it('has 22 rows: 2 tokens, 15 sentences, 5 faces; pads are exactly zero', async () => {
    const packed = feedsOf(frames, config).context;
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
    expect([data.subarray(0, 6), data.subarray(6, 12)]).toEqual(frames[0]!.tokens); // tokens go through as they are
  });

  it('does not let a masked row through', async () => {
    const packed = feedsOf(frames, config).context;
    const rows = (packed.rows!.data as Float32Array).slice();
    rows[3] = 0;
    const sentences = (packed.sentences!.data as Float32Array).slice();
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
    const graph = rendererContext(own.scope(), { ...inputs, places: input('places', [2, 22, 17]) }, placed);
    const face = random.normals(4);
    const sentence = random.normals(5);
    const { tokens } = frames[0]!;
    const frame = {
      tokens,
      sentences: [sentence, sentence, sentence],
      faces: [face, face],
      owners: [0, 1, -1],
    };
    const packed = feedsOf([frame, { tokens, sentences: [], faces: [face] }], placed).context;
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
    expect(() => feedsOf([{ ...frame, faces: [face] }], placed)).toThrow(
      /sentence 1 of frame 0 speaks of person 1 of 1/,
    );
    expect(() => rendererContext(new Parameters().scope(), inputs, placed)).toThrow(/places, got no input/);
  });

  it('tells with `columns` whose part of the picture each is', () => {
    const face = random.normals(4);
    const sentences = rowsOf(4, 5);
    const { tokens } = frames[0]!;
    const frame = { tokens, sentences, faces: [face, face], owners: [0, 0, 1, -1] };
    const { columns } = feedsOf([frame, { ...frame, faces: [] }], { ...config, columns: 3 }).unet;
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
      ...feedsOf(frames, config).context,
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

describe('inputsOf', () => {
  const shapesOf = (inputs: object): Record<string, readonly number[]> =>
    Object.fromEntries(Object.entries(inputs).map(([name, { shape }]) => [name, shape]));

  it.each([
    ['the usual conditions', {}],
    ['all conditions', { places: true, columns: 3 }],
    ['tokens alone', { sentences: 0, faces: 0 }],
    ['no faces', { faces: 0, columns: 2 }],
  ])('has the names and shapes of the feeds: %s', (_, changes) => {
    const own = { ...config, ...changes };
    const bare = frames.map(({ tokens }) => ({ tokens, sentences: [], faces: [] }));
    const [declared, fed] = [inputsOf(2, own), feedsOf(bare, own)];
    for (const part of ['context', 'unet'] as const) {
      expect(shapesOf(declared[part])).toEqual(shapesOf(fed[part]));
      for (const [name, tensor] of Object.entries(declared[part])) {
        expect(tensor.source).toMatchObject({ kind: 'input', name });
      }
    }
  });

  it('leaves out what the config does not have', () => {
    const { context, unet } = inputsOf(4, { ...config, sentences: 0, places: true, columns: 3 });
    expect(shapesOf(context)).toEqual({
      tokens: [4, 2, 6],
      faces: [4, 5, 4],
      rows: [4, 7],
      places: [4, 7, 17],
    });
    expect(shapesOf(unet)).toEqual({ columns: [4, 3, 7] });
    expect(shapesOf(inputsOf(1, { ...config, faces: 0 }).unet)).toEqual({});
  });
});

describe('feedsOf', () => {
  it('masks a fifth of the rows in training, tokens included, the same for the same stream', () => {
    const full = { tokens: rowsOf(2, 6), sentences: rowsOf(15, 5), faces: rowsOf(5, 4) };
    const batch = Array.from({ length: 400 }, () => full);
    const draw = (): Float32Array =>
      feedsOf(batch, config, Random.of(5, 'mask')).context.rows!.data as Float32Array;
    const rows = draw();
    expect(Math.abs(rows.filter((v) => v === 0).length / rows.length - 0.2)).toBeLessThan(0.02);
    const firstTokens = rows.filter((_, i) => i % 22 === 0);
    expect(Math.abs(firstTokens.filter((v) => v === 0).length / 400 - 0.2)).toBeLessThan(0.08);
    expect(draw()).toEqual(rows);
    expect((feedsOf(batch, config).context.rows!.data as Float32Array).every((v) => v === 1)).toBe(true);
  });

  it('refuses more rows than there are, and other widths', () => {
    const { tokens } = frames[0]!;
    expect(() => feedsOf([{ tokens, sentences: rowsOf(16, 5), faces: [] }], config)).toThrow(
      /frame 0 has 16 sentences.*15 rows/,
    );
    expect(() => feedsOf([{ tokens, sentences: [], faces: rowsOf(1, 3) }], config)).toThrow(
      /faces\[0\] of frame 0 must have 4 values, got 3/,
    );
    const some = { tokens, sentences: rowsOf(1, 5), faces: [] };
    expect(() => feedsOf([some], { ...config, sentences: 0 })).toThrow(/1 sentences, there are 0 rows/);
    expect(() => feedsOf([frames[1]!, { ...some, tokens: rowsOf(3, 6) }], config)).toThrow(
      /frame 1 needs 2 tokens of 6 values, got 6, 6, 6/,
    );
  });
});
