import { describe, expect, it } from 'vitest';
import { input, Parameters } from '../../graph/index.ts';
import { aestheticHead, readAestheticHeadConfig } from './index.ts';

const shapes = (list: Record<string, number[]>) => new Map(Object.entries(list));

/** LAION's improved aesthetic predictor: a Sequential in which dropout has the numbers between. */
const improved = shapes({
  'layers.0.weight': [1024, 768],
  'layers.0.bias': [1024],
  'layers.2.weight': [128, 1024],
  'layers.2.bias': [128],
  'layers.4.weight': [64, 128],
  'layers.4.bias': [64],
  'layers.6.weight': [16, 64],
  'layers.6.bias': [16],
  'layers.7.weight': [1, 16],
  'layers.7.bias': [1],
});

describe('aestheticHead', () => {
  it.each([
    ['the linear predictor', shapes({ bias: [1], weight: [1, 768] })],
    ['the improved predictor', improved],
  ])('declares the parameters of %s', (_, published) => {
    const config = readAestheticHeadConfig(published);
    expect(config.inputDim).toBe(768);
    const parameters = new Parameters();
    const scores = aestheticHead(parameters.scope(), input('embeds', [3, 768]), config);
    expect(scores.shape).toEqual([3, 1]);
    const declared = Object.fromEntries([...parameters].map((p) => [p.name, [...p.shape]]));
    expect(declared).toEqual(Object.fromEntries(published));
  });

  it('takes the layers in the order of their numbers', () => {
    const config = readAestheticHeadConfig(
      shapes({ 'layers.10.weight': [1, 4], 'layers.2.weight': [4, 8], 'layers.2.bias': [4] }),
    );
    expect(config.layers.map((l) => l.path)).toEqual(['layers.2', 'layers.10']);
  });

  it('names what is no such head, and embeddings of another width', () => {
    expect(() => readAestheticHeadConfig(shapes({ 'visual.proj': [768, 512] }))).toThrow(
      /aesthetic head: expected .* got visual\.proj/,
    );
    expect(() => readAestheticHeadConfig(shapes({ weight: [2, 768] }))).toThrow(/got weight \[2,768\]/);
    expect(() =>
      readAestheticHeadConfig(shapes({ 'layers.0.weight': [4, 8], 'layers.2.weight': [1, 5] })),
    ).toThrow(/from d to 1/);
    const config = readAestheticHeadConfig(shapes({ weight: [1, 8] }));
    expect(() => aestheticHead(new Parameters().scope(), input('x', [2, 6]), config)).toThrow(/\[n, 8\]/);
  });
});
