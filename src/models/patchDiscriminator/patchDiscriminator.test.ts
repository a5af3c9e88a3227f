import { describe, expect, it } from 'vitest';
import { f32, input, Parameters } from '../../graph/index.ts';
import { expectGradients } from '../../testing/gradients.ts';
import { runGraph } from '../../testing/runGraph.ts';
import { patchDiscriminator } from './index.ts';

describe('patchDiscriminator', () => {
  it('judges patches, each layer at half the size of the one before', () => {
    const parameters = new Parameters();
    const config = { channels: [32, 64, 128], slope: 0.2 };
    const { features, logits } = patchDiscriminator(
      parameters.scope('d'),
      config,
      input('x', [2, 3, 64, 48]),
    );
    expect(features.map((f) => f.shape)).toEqual([
      [2, 32, 32, 24],
      [2, 64, 16, 12],
      [2, 128, 8, 6],
    ]);
    expect(logits.shape).toEqual([2, 1, 8, 6]);
    expect(parameters.get('d.layers.0.weight')?.shape).toEqual([32, 3, 4, 4]);
    expect(parameters.get('d.head.weight')?.shape).toEqual([1, 128, 3, 3]);
  });

  it('lets a fifth of what is negative through', async () => {
    const parameters = new Parameters();
    const { features } = patchDiscriminator(
      parameters.scope(),
      { channels: [1], slope: 0.2 },
      input('x', [1, 1, 2, 4]),
    );
    // the kernel reads the sum of its middle 2 x 2 pixels
    const weight = Float32Array.from({ length: 16 }, (_, i) => ([5, 6, 9, 10].includes(i) ? 1 : 0));
    const { y } = await runGraph(
      { y: features[0] as never },
      {
        x: f32([1, 2, -5, 1, 0, 1, 1, -2], [1, 1, 2, 4]),
        'layers.0.weight': f32(weight, [1, 1, 4, 4]),
        'layers.0.bias': f32([0], [1]),
      },
    );
    expect([...(y!.data as Float32Array)]).toEqual([4, -1]);
  });

  it('has the right gradients', async () => {
    const parameters = new Parameters();
    const x = input('x', [1, 2, 8, 8]);
    const { logits } = patchDiscriminator(parameters.scope(), { channels: [3, 4], slope: 0.2 }, x);
    await expectGradients(logits, parameters);
  });
});
