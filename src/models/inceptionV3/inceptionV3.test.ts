import { describe, expect, it } from 'vitest';
import { passes } from '../../../parity/compare.ts';
import { run } from '../../../parity/inceptionV3.ts';
import { input, Parameters } from '../../graph/index.ts';
import { inceptionV3, readInceptionV3Config } from './index.ts';

const torchvision = { variant: 'torchvision', classes: 1000 } as const;

describe('Inception-v3', () => {
  it('equals the references: torchvision, and the network of FID', async () => {
    const rows = await run('fixtures/inception-v3');
    expect(rows).toHaveLength(6);
    for (const row of rows) expect(row, row.name).toSatisfy(passes);
  });

  it("declares torchvision's parameters", () => {
    const parameters = new Parameters();
    const { features, logits } = inceptionV3(
      parameters.scope(),
      input('pixels', [2, 3, 299, 299]),
      torchvision,
    );
    expect([features.shape, logits.shape]).toEqual([
      [2, 2048],
      [2, 1000],
    ]);
    const shape = (name: string) => parameters.get(name)?.shape;
    expect(shape('Conv2d_1a_3x3.conv.weight')).toEqual([32, 3, 3, 3]);
    expect(shape('Mixed_5b.branch1x1.bn.running_mean')).toEqual([64]);
    expect(shape('Mixed_6c.branch7x7dbl_4.conv.weight')).toEqual([160, 160, 7, 1]);
    expect(shape('Mixed_7a.branch7x7x3_2.conv.weight')).toEqual([192, 192, 1, 7]);
    expect(shape('Mixed_7c.branch_pool.conv.weight')).toEqual([192, 2048, 1, 1]);
    expect(shape('fc.weight')).toEqual([1000, 2048]);
    const learned = [...parameters].filter((p) => !p.name.includes('running'));
    expect(learned.reduce((n, p) => n + p.tensor.size, 0)).toBe(23_834_568);
  });

  it('is told by its number of classes, and nothing else is one', () => {
    const read = (shapes: Record<string, number[]>) => readInceptionV3Config(new Map(Object.entries(shapes)));
    expect(read({ 'fc.weight': [1000, 2048] })).toEqual(torchvision);
    expect(read({ 'fc.weight': [1008, 2048] })).toEqual({ variant: 'fid', classes: 1008 });
    expect(() => read({ 'fc.weight': [10, 2048] })).toThrow(
      /Inception-v3: expected fc\.weight \[1000, 2048\] .* or \[1008, 2048\] .*, got fc\.weight \[10,2048\]; give/,
    );
    expect(() => read({ 'fc.weight': [1000, 512] })).toThrow(/got fc\.weight \[1000,512\]/);
    expect(() => read({ 'visual.proj': [768, 512] })).toThrow(
      /got visual\.proj \[768,512\] and no fc\.weight/,
    );
    expect(() => read({})).toThrow(/got no tensors and no fc\.weight/);
  });

  it('refuses a picture of which nothing would be left', () => {
    const p = new Parameters().scope();
    expect(inceptionV3(p, input('pixels', [1, 3, 75, 75]), torchvision).features.shape).toEqual([1, 2048]);
    expect(() => inceptionV3(p, input('pixels', [1, 3, 74, 299]), torchvision)).toThrow(
      /expected pixels \[b, 3, h, w\] of at least 75 x 75, got input 'pixels' \[1, 3, 74, 299\]/,
    );
  });
});
