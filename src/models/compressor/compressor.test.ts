import { describe, expect, it } from 'vitest';
import { grad } from '../../autodiff/index.ts';
import { f32, input, mul, Parameters, sum, type Tensor, type TensorData } from '../../graph/index.ts';
import { Random } from '../../random/index.ts';
import { runGraph } from '../../testing/runGraph.ts';
import { compressor, compressorConfig } from './index.ts';

const base = { tokens: 6, inputDim: 8, heads: 2 };
const spatial = input('spatial', [2, 6, 8]);
const random = Random.of(1, 'compressor');
const pixels = f32(random.normals(spatial.size), spatial.shape);

function build(options: object = {}): {
  parameters: Parameters;
  tokens: Tensor;
  feeds: Record<string, TensorData>;
} {
  const parameters = new Parameters();
  const tokens = compressor(parameters.scope(), spatial, compressorConfig.parse({ ...base, ...options }));
  const feeds: Record<string, TensorData> = { spatial: pixels };
  for (const { name, shape, tensor } of parameters) {
    feeds[name] = f32(
      Random.of(2, name)
        .normals(tensor.size)
        .map((v) => v * 0.5),
      shape,
    );
  }
  return { parameters, tokens, feeds };
}

describe('compressor', () => {
  it('has the blocks of figure 9', () => {
    const { parameters, tokens } = build();
    expect(tokens.shape).toEqual([2, 2, 8]);
    expect(parameters.get('compress.weight')!.shape).toEqual([2, 6]);
    const blocks = new Set([...parameters].map((p) => p.name.split('.').slice(0, 2).join('.')));
    expect([...blocks].filter((b) => b.startsWith('blocks'))).toEqual(
      ['before', 'after'].flatMap((s) => [0, 1, 2].map((i) => `blocks_${s}.${i}`)),
    );
  });

  it('may mix all channels of all tokens instead', () => {
    const { parameters, tokens } = build({ reducedDim: 3, outputDim: 5 });
    expect(tokens.shape).toEqual([2, 2, 5]);
    expect(parameters.get('reduce.weight')!.shape).toEqual([3, 8]);
    expect(parameters.get('compress.weight')!.shape).toEqual([2 * 8, 6 * 3]);
  });

  it('gives tokens of mean 0 and variance 1 whatever the weights', async () => {
    const { tokens, feeds } = build({ outputDim: 16, outputTokens: 3 });
    expect(tokens.shape).toEqual([2, 3, 16]);
    const { out } = await runGraph({ out: tokens }, feeds);
    for (let i = 0; i < 6; i++) {
      const row = [...(out!.data as Float32Array).subarray(i * 16, (i + 1) * 16)];
      const mean = row.reduce((a, b) => a + b, 0) / 16;
      expect(mean).toBeCloseTo(0, 4);
      expect(row.reduce((a, b) => a + (b - mean) ** 2, 0) / 16).toBeCloseTo(1, 3);
    }
  });

  it.each([{ width: 12, outputDim: 10, positionEmbedding: true }, { reducedDim: 3 }])(
    'gives every parameter a finite gradient: %o',
    async (options) => {
      const { parameters, tokens, feeds } = build(options);
      const loss = sum(mul(tokens, input('weights', tokens.shape)));
      const list = [...parameters];
      const gradients = grad(
        loss,
        list.map((p) => p.tensor),
      );
      const outputs = Object.fromEntries(gradients.map((g, i) => [`d.${list[i]!.name}`, g]));
      const out = await runGraph(outputs, {
        ...feeds,
        weights: f32(random.normals(tokens.size), tokens.shape),
      });
      for (const { name } of list) {
        const g = out[`d.${name}`]!.data as Float32Array;
        expect(g.every(Number.isFinite), name).toBe(true);
        // a bias on all keys moves every score of a row alike, which softmax does not see
        if (!name.endsWith('k_proj.bias')) expect(Math.max(...g.map(Math.abs)), name).toBeGreaterThan(1e-6);
      }
    },
  );

  it('refuses heads that do not divide the width, and spatial tokens of another shape', () => {
    expect(() => compressorConfig.parse({ ...base, heads: 3 })).toThrow(/8 is not a multiple of 3/);
    const config = compressorConfig.parse({ ...base, tokens: 7 });
    expect(() => compressor(new Parameters().scope(), spatial, config)).toThrow(
      /\[b, 7, 8\], got input 'spatial' \[2, 6, 8\]/,
    );
  });
});
