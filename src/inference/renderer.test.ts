import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../random/index.ts';
import { tinyModels } from '../testing/tinyModels.ts';
import type { ImageCodec } from './imageCodec.ts';
import type { ModelLoader } from './loader.ts';
import type { Renderer, RenderFrame, RenderOptions } from './renderer.ts';
import { samplerNames } from './sampler.ts';

const options: RenderOptions = { width: 56, height: 32, steps: 3 };

function frame(name: string): RenderFrame {
  const random = Random.of(4, name);
  const vectors = (n: number, d: number): Float32Array[] =>
    Array.from({ length: n }, () => random.normals(d));
  return {
    tokens: vectors(2, 8),
    sentences: vectors(3, 8),
    faces: vectors(2, 6),
    random: Random.of(4, name, 'noise'),
  };
}

describe('Renderer', () => {
  let models: ModelLoader;
  let close: () => Promise<void>;
  let codec: ImageCodec;
  let renderer: Renderer;
  const latents = async (frames: RenderFrame[], more: Partial<RenderOptions> = {}): Promise<Float32Array> => {
    let last = new Float32Array();
    for await (const step of renderer.denoise(frames, { ...options, ...more }))
      last = step.sample as Float32Array<ArrayBuffer>;
    return last;
  };

  beforeAll(async () => {
    ({ models, close } = await tinyModels());
    codec = await models.imageCodec();
    renderer = await models.renderer(codec);
  });
  afterAll(async () => {
    await renderer.release();
    await codec.release();
    await close();
  });

  it('gives pictures of the size that was asked for, the same for the same frame and noise', async () => {
    const [image] = await renderer.render([frame('a')], options);
    expect([image?.width, image?.height]).toEqual([56, 32]);
    expect((await renderer.render([frame('a')], options))[0]?.data).toEqual(image?.data);
  });

  it('renders a batch as it renders each frame', async () => {
    const both = await latents([frame('a'), frame('b')]);
    const apart = [...(await latents([frame('a')])), ...(await latents([frame('b')]))];
    both.forEach((v, i) => {
      expect(v).toBeCloseTo(apart[i] as number, 3);
    });
  });

  it('hears tokens, sentences, faces, guidance and noise, each for itself', async () => {
    const a = frame('a');
    const b = frame('b');
    const noise = () => Random.of(4, 'a', 'noise');
    const results = [
      await latents([{ ...a, random: noise() }]),
      await latents([{ ...a, tokens: b.tokens, random: noise() }]),
      await latents([{ ...a, sentences: [], random: noise() }]),
      await latents([{ ...a, faces: b.faces, random: noise() }]),
      await latents([{ ...a, random: noise() }], { guidance: 3 }),
      await latents([{ ...a, random: noise() }], { guidance: 3, unconditionalPooled: 'keep' }),
      await latents([{ ...a, random: Random.of(9) }]),
    ];
    expect(new Set(results.map(String)).size).toBe(results.length);
  });

  it('samples with every sampler', async () => {
    for (const sampler of samplerNames) {
      const result = await latents([frame('a')], { sampler, steps: 4 });
      expect(result.every(Number.isFinite), sampler).toBe(true);
    }
  });

  it('says what does not fit', async () => {
    await expect(latents([])).rejects.toThrow(/at least one frame/);
    await expect(latents([{ ...frame('a'), tokens: [] }])).rejects.toThrow(
      /needs 2 tokens of 8 values, got none/,
    );
    await expect(latents([frame('a')], { width: 50 })).rejects.toThrow(/multiples of 4/);
    const faces = Array.from({ length: 6 }, () => new Float32Array(6));
    await expect(latents([{ ...frame('a'), faces }])).rejects.toThrow(/6 faces/);
  });

  it('stops between two steps', async () => {
    const controller = new AbortController();
    const steps = renderer.denoise([frame('a')], { ...options, signal: controller.signal });
    await steps.next();
    controller.abort(new Error('enough'));
    await expect(steps.next()).rejects.toThrow('enough');
  });
});
