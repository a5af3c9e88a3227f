import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Image, newImage, toTensor } from '../media/index.ts';
import { Random } from '../random/index.ts';
import { tinyModels } from '../testing/tinyModels.ts';
import { type AnimateOptions, Animator, type AnimatorSettings } from './animator.ts';
import type { ImageEncoder } from './encoders.ts';
import type { ImageCodec } from './imageCodec.ts';
import type { ModelLoader } from './loader.ts';

const random = Random.of(1, 'keyframe');
const keyframe: Image = {
  ...newImage(56, 32),
  data: Uint8Array.from({ length: 56 * 32 * 3 }, () => random.int(256)),
};

describe('Animator', () => {
  let models: ModelLoader;
  let close: () => Promise<void>;
  let codec: ImageCodec;
  let images: ImageEncoder;
  let animator: Animator;
  let embedded = 0;
  const embed = async (pictures: readonly Image[]): Promise<Float32Array> => {
    embedded++;
    return (await images.encode(pictures)).embeds;
  };
  const clip = async (more: Partial<AnimateOptions> = {}, from: Animator = animator): Promise<Image[]> => {
    const all: Image[] = [];
    for await (const frame of from.animate(keyframe, { segments: 2, seed: 7, path: ['clip', 1], ...more }))
      all.push(frame);
    return all;
  };

  beforeAll(async () => {
    ({ models, close } = await tinyModels());
    codec = await models.imageCodec();
    images = await models.imageEncoder();
    animator = await models.animator(codec, embed);
  });
  afterAll(async () => {
    await animator.release();
    await images.release();
    await codec.release();
    await close();
  });

  it('begins with the keyframe and adds two frames a segment of three', async () => {
    const steps: string[] = [];
    const frames = await clip({ onStep: ({ step, total }) => steps.push(`${step}/${total}`) });
    expect(frames).toHaveLength(5);
    expect(frames[0]).toBe(keyframe);
    expect(new Set(frames.map(({ data }) => String(data))).size).toBe(5);
    expect(steps).toEqual(['1/4', '2/4', '3/4', '4/4']);
    expect(await clip({ segments: 0 })).toEqual([keyframe]);
  });

  it('makes the same clip of the same seed and name, and another of another', async () => {
    const frames = await clip();
    expect(await clip()).toEqual(frames);
    expect(await clip({ path: ['clip', 2] })).not.toEqual(frames);
  });

  it('anchors further segments at the keyframe, or for comparison at the last frame', async () => {
    embedded = 0;
    const anchored = await clip();
    expect(embedded).toBe(1);
    const drifting = await clip({ anchor: 'last-frame' });
    expect(embedded).toBe(3);
    expect(drifting.slice(0, 3)).toEqual(anchored.slice(0, 3));
    expect(drifting.slice(3)).not.toEqual(anchored.slice(3));
  });

  it('begins further segments from the noise of the first where it is rescheduled', async () => {
    const fresh = await clip();
    const rescheduled = await clip({ noise: 'rescheduled' });
    expect(rescheduled.slice(0, 3)).toEqual(fresh.slice(0, 3));
    expect(rescheduled.slice(3)).not.toEqual(fresh.slice(3));
    expect(await clip({ noise: 'rescheduled' })).toEqual(rescheduled);
  });

  it('hears each of its numbers', async () => {
    const results = [await clip({ segments: 1 })];
    const others: Partial<AnimatorSettings>[] = [
      { fps: 7 },
      { motionBucket: 1 },
      { noiseAugmentation: 0.5 },
      { augmented: 'latents' },
      { maxGuidance: 1 },
      { steps: 3 },
      { takes: 'changes' },
      { paints: 'changes' },
    ];
    for (const setting of others) {
      const other = await models.animator(codec, embed, setting);
      results.push(await clip({ segments: 1 }, other));
      await other.release();
    }
    expect(new Set(results.map((frames) => String(frames[2]?.data))).size).toBe(results.length);
  });

  it('adds what changes in the model’s frames to the latents that a segment begins with', async () => {
    const moving = await models.animator(codec, embed, { takes: 'changes', noiseAugmentation: 0 });
    const [c, h, w] = codec.latentShape(56, 32);
    const size = c * h * w;
    const pixels = toTensor(codec.reduced(keyframe)).data as Float32Array;
    let begin = await codec.encode(pixels, 1, 56, 32);
    const expected: Image[] = [];
    for (const segment of [0, 1]) {
      const still = moving.asCondition(begin, random);
      let frames = new Float32Array();
      const stream = Random.of(7, 'clip', 1, 'segment', segment);
      for await (const { sample } of moving.denoise(still, [c, h, w], await embed([keyframe]), stream))
        frames = sample as Float32Array<ArrayBuffer>;
      const changed = frames.map((v, i) => (begin[i % size] as number) + v - (frames[i % size] as number));
      expected.push(...(await codec.paint(changed.slice(size), 2, 56, 32)));
      begin = changed.slice(2 * size);
    }
    expect((await clip({}, moving)).slice(1)).toEqual(expected);
    await moving.release();
  });

  it('adds to the keyframe’s pixels what changes in decoded frames', async () => {
    const painting = await models.animator(codec, embed, { paints: 'changes', noiseAugmentation: 0 });
    const plain = await models.animator(codec, embed, { noiseAugmentation: 0 });
    const [changed, frames] = [await clip({}, painting), await clip({}, plain)];
    const pixels = toTensor(codec.reduced(keyframe)).data as Float32Array;
    const [still] = await codec.paint(await codec.encode(pixels, 1, 56, 32), 1, 56, 32);
    let inside = 0;
    for (const [k, { data }] of changed.slice(1).entries()) {
      data.forEach((v, i) => {
        const change = (frames[k + 1]?.data[i] as number) - (still?.data[i] as number);
        const own = keyframe.data[i] as number;
        // where neither picture is at the end of its range, bytes tell the change but for their rounding
        if ([v, frames[k + 1]?.data[i], still?.data[i]].some((x) => x === 0 || x === 255)) return;
        inside++;
        expect(Math.abs(v - own - change)).toBeLessThanOrEqual(2);
      });
    }
    expect(inside).toBeGreaterThan(1000);
    for (const animator of [painting, plain]) await animator.release();
  });

  it('refuses keyframe_channels that do not fit', async () => {
    const { config, settings } = animator;
    const make = (keyframeChannels: number, takes: 'frames' | 'changes') => () =>
      new Animator({} as never, { ...config, unet: { ...config.unet, keyframeChannels } }, codec, embed, {
        ...settings,
        takes,
      });
    expect(make(3, 'frames')).toThrow('needs keyframe_channels 4 or 0, got 3');
    expect(make(4, 'changes')).toThrow("takes 'changes' is for models of frames");
    expect(make(4, 'frames')).not.toThrow();
  });

  it('gives the model the raw latents that Stable Video Diffusion gives it, or standardised ones', async () => {
    const [raw, standardised] = [
      await models.animator(codec, embed, { imageLatents: 'raw' }),
      await models.animator(codec, embed, { imageLatents: 'standardised' }),
    ];
    const latents = Float32Array.from({ length: 4 * 8 * 14 }, (_, i) => i);
    expect(standardised.asCondition(latents, random)).toEqual(latents);
    const { mean, std } = codec.config.space;
    expect(raw.asCondition(latents, random)[200]).toBeCloseTo(
      200 * (std[1] as number) + (mean[1] as number),
      4,
    );
  });
});
