import { describe, expect, it } from 'vitest';
import { grad } from '../../autodiff/index.ts';
import { f32, type Tensor } from '../../graph/index.ts';
import { readImageCodecConfig } from '../../inference/index.ts';
import { freshValues } from '../../testing/gradients.ts';
import { runGraph } from '../../testing/runGraph.ts';
import { pick, pickColumns } from '../data/decoderWindows.ts';
import { discriminatorPrefix, finishGraph } from './finish.ts';

const config = readImageCodecConfig({
  in_channels: 12,
  out_channels: 12,
  patch_size: 2,
  latent_channels: 3,
  block_out_channels: [4],
  down_block_types: ['DownEncoderBlock2D'],
  up_block_types: ['UpDecoderBlock2D'],
  norm_num_groups: 2,
  mid_block_add_attention: false,
  tail_channels: 2,
});
const settings = {
  ...{ batchSize: 1, crop: 12, margin: 2, discriminator: [3, 4] },
  ...{ squareWeight: 4, edgeWeight: 0.5, featureWeight: 0.5, adversarialWeight: 0.1 },
};

const { parameters, loss, metrics } = finishGraph(config, settings);
const part = (name: string): Tensor => metrics[name] as Tensor;
const values = (fade: number) => ({
  ...freshValues([loss], parameters),
  rows: f32(pick(3, 8, 16), [1, 1, 8, 16]),
  columns: f32(pickColumns(1, 8, 16), [1, 1, 16, 8]),
  weights: f32(new Float32Array(256).fill(1), [1, 1, 16, 16]),
  fade: f32([fade], [1]),
});
const named = (of: 'decoder' | 'discriminator') =>
  [...parameters].filter(({ name }) => name.startsWith(discriminatorPrefix) === (of === 'discriminator'));
/** Gradients of scalars, by the sum's name and the parameter's. */
async function gradients(
  losses: Record<string, Tensor>,
  of: 'decoder' | 'discriminator',
  fade: number,
): Promise<Record<string, Float32Array>> {
  const outputs: Record<string, Tensor> = {};
  for (const [name, scalar] of Object.entries(losses)) {
    const all = grad(
      scalar,
      named(of).map((p) => p.tensor),
    );
    all.forEach((g, i) => {
      outputs[`${name} ${named(of)[i]!.name}`] = g;
    });
  }
  const results = await runGraph(outputs, values(fade));
  return Object.fromEntries(Object.entries(results).map(([name, t]) => [name, t.data as Float32Array]));
}
const size = (g: Float32Array | undefined): number => Math.hypot(...(g ?? []));

describe('the loss of the finishing', () => {
  it('is the sum that its settings weigh', async () => {
    const results = await runGraph({ loss, ...metrics }, values(0.5));
    const at = (name: string): number => (results[name]!.data as Float32Array)[0] as number;
    const sum =
      at('pixels') +
      4 * at('squares') +
      0.5 * at('edges') +
      0.5 * (0.5 * at('features') + 0.1 * at('adversarial')) +
      at('discriminator');
    expect(at('loss')).toBeCloseTo(sum, 4);
    for (const name of Object.keys(metrics)) expect(Math.abs(at(name)), name).toBeGreaterThan(1e-4);
  });

  it('teaches the discriminator by its own part alone', async () => {
    const all = await gradients({ loss, own: part('discriminator') }, 'discriminator', 1);
    for (const { name } of named('discriminator')) {
      // as long as every logit is within the hinge, true and painted ones balance each other in the last bias
      if (name !== 'discriminator.head.bias') expect(size(all[`loss ${name}`]), name).toBeGreaterThan(0);
      all[`own ${name}`]?.forEach((v, i) => {
        expect(all[`loss ${name}`]?.[i]).toBeCloseTo(v, 5);
      });
    }
  });

  it('teaches the decoder by everything else, and the discriminator’s opinion as it fades in', async () => {
    const judged = { adversarial: part('adversarial'), features: part('features') };
    const all = await gradients({ loss, ...judged, own: part('discriminator') }, 'decoder', 1);
    const without = await gradients({ loss }, 'decoder', 0);
    for (const { name } of named('decoder')) {
      expect(size(all[`own ${name}`]), name).toBe(0);
      all[`loss ${name}`]?.forEach((v, i) => {
        const opinion = 0.5 * all[`features ${name}`]![i]! + 0.1 * all[`adversarial ${name}`]![i]!;
        expect(v).toBeCloseTo(without[`loss ${name}`]![i]! + opinion, 3);
      });
    }
    expect(size(all['adversarial decoder.tail.conv_out.weight'])).toBeGreaterThan(0);
  });

  it('does not look where the weights are nothing', async () => {
    const blind = { ...values(0), weights: f32(new Float32Array(256), [1, 1, 16, 16]) };
    const results = await runGraph({ ...metrics }, blind);
    for (const name of ['pixels', 'squares', 'edges'])
      expect((results[name]!.data as Float32Array)[0], name).toBe(0);
  });
});
