import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { input } from '../graph/index.ts';
import { type ConditionFeeds, contextRows } from '../models/rendererContext/index.ts';
import { draft } from '../models/unet2d/index.ts';
import { checkpointSource, Preset } from '../presets/index.ts';
import { Random } from '../random/index.ts';
import { WorkerHost } from '../runtime/index.ts';
import { writeRandomWeights } from '../testing/randomWeights.ts';
import { writeTinyTheatre } from '../testing/tinyTheatre.ts';
import type { ImageCodec } from './imageCodec.ts';
import { ModelLoader } from './loader.ts';
import type { Renderer, RenderFrame, RenderOptions } from './renderer.ts';

const options: RenderOptions = { width: 112, height: 64, steps: 0 };
let folder: string;
let preset: Preset;
let host: WorkerHost;
let codec: ImageCodec;
let renderer: Renderer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'draft-'));
  const tiny = await writeTinyTheatre(folder);
  preset = await Preset.open(tiny.preset, { weights: tiny.weights });
  await writeRandomWeights(preset);
  host = await WorkerHost.start({ threads: 1 });
  const models = new ModelLoader(preset, host);
  codec = await models.imageCodec();
  renderer = await models.renderer(codec);
});
afterAll(async () => {
  for (const part of [renderer, codec]) await part.release();
  await host.close();
  await rm(folder, { recursive: true });
});

function frame(name: string, noise = name): RenderFrame {
  const random = Random.of(4, name);
  const vectors = (n: number, d: number): Float32Array[] =>
    Array.from({ length: n }, () => random.normals(d));
  return {
    tokens: vectors(2, 8),
    sentences: vectors(3, 8),
    faces: vectors(2, 6),
    random: Random.of(4, noise, 'noise'),
  };
}

async function latents(frames: RenderFrame[], more: Partial<RenderOptions> = {}): Promise<Float32Array> {
  const all: Float32Array[] = [];
  for await (const { step, total, sample, denoised } of renderer.denoise(frames, { ...options, ...more })) {
    expect([step, total]).toEqual([1, 1]);
    expect(denoised).toEqual(sample);
    all.push(sample);
  }
  expect(all).toHaveLength(1);
  return all[0] as Float32Array;
}

describe('rendering in 0 steps', () => {
  it('gives what the U-Net reads as its draft', async () => {
    const { unet, context } = renderer.config;
    const [n, rows] = [2, contextRows(context)];
    const { more, ...conditions } = await (
      renderer as unknown as {
        condition(frames: RenderFrame[]): Promise<Record<'context' | 'pooled' | 'more', never>>;
      }
    ).condition([frame('a'), frame('b')]);
    const source = await checkpointSource(host, preset.layers('unet'));
    const network = await source.load((p) => ({
      expected: draft(
        p.at('draft'),
        unet.draft as NonNullable<typeof unet.draft>,
        input('pooled', [n, context.pooledDim as number]),
        input('context', [n, rows, context.tokenDim]),
        input('columns', [n, context.columns, rows]),
      ),
    }));
    const { expected } = await network.run({ ...conditions, ...(more as ConditionFeeds['unet']) });
    await network.release();
    const got = await latents([frame('a'), frame('b')]);
    expect(got).toEqual(expected?.data);
    expect(got).toHaveLength(2 * 4 * 16 * 28);
  });

  it('hears tokens, sentences and faces, and no noise', async () => {
    const a = await latents([frame('a')]);
    expect(await latents([frame('a', 'other')])).toEqual(a);
    for (const change of ['tokens', 'sentences', 'faces'] as const) {
      const changed = { ...frame('a'), [change]: frame('b')[change] };
      expect((await latents([changed])).join(), change).not.toBe(a.join());
    }
    const [image] = await renderer.render([frame('a')], options);
    expect([image?.width, image?.height]).toEqual([112, 64]);
  });

  it('says where it cannot', async () => {
    await expect(latents([frame('a')], { guidance: 2 })).rejects.toThrow(/guidance must be 1, got 2/);
    await expect(latents([frame('a')], { width: 56, height: 32 })).rejects.toThrow(
      /sample_size must be the latents' \[4, 8, 14\], got \[4, 16, 28\]; take at least 1 step/,
    );
  });
});
