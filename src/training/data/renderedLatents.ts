import type { FeatureRows, FrameSet } from '../../corpus/index.ts';
import { generationConfig, ModelLoader, type RenderFrame, releaseAll } from '../../inference/index.ts';
import { Random } from '../../random/index.ts';
import { sentenceOwners } from '../../script/index.ts';
import type { StageContext } from '../stage.ts';
import { featureRows, latentsKey, modelsKey, shortHash } from './features.ts';
import type { TokensOfShot } from './generatedTokens.ts';
import { frameOf, type SequenceSource } from './sequences.ts';

/**
 * Standardised latents [c, h, w] as the renderer paints them for every frame, by the frames' rows, with the portraits and
 * the preset's own sampling: what the decoder is given when a film is made.
 * @param said what the autoregressor says for the shots; by default the frames' true tokens
 */
export async function renderedLatents(
  context: StageContext,
  set: FrameSet,
  sources: readonly SequenceSource[],
  said?: TokensOfShot,
): Promise<FeatureRows> {
  const { preset, host } = context;
  const models = new ModelLoader(preset, host);
  const codec = await models.imageCodec();
  const renderer = await models.renderer(codec);
  const { width, height } = set.options;
  const { sampler, ...sampling } = await generationConfig(preset, 'renderer');
  const options = { ...sampling, ...(sampler ? { sampler } : {}), width, height };
  const shots = set.episodes.flatMap(({ frames }, episode) =>
    frames.map(({ row, shot }) => ({ row, shot, episode, source: sources[episode] as SequenceSource })),
  );
  shots.sort((a, b) => a.row - b.row);
  const frameAt = (row: number): RenderFrame => {
    const { episode, shot, source } = shots[row] as (typeof shots)[number];
    const random = Random.of(row, 'rendered');
    const frame = frameOf(source, shot, false, { randomFaces: false }, random);
    const { layout, sentences, faces } = frame;
    const tokens = said ? said(episode, shot, false) : frame.tokens;
    return { tokens, sentences, faces, owners: sentenceOwners(layout), random };
  };
  const kind = said ? 'generated' : 'true';
  const rows = await featureRows({
    folder: set.folder,
    signal: context.signal,
    name: `rendered-${kind}`,
    key: await renderedKey(models, kind),
    shape: codec.latentShape(width, height),
    count: set.count,
    chunk: 8,
    compute: async (from, to) => {
      let last: Float32Array | undefined;
      const frames = Array.from({ length: to - from }, (_, i) => frameAt(from + i));
      for await (const { sample } of renderer.denoise(frames, options)) last = sample;
      return last as Float32Array;
    },
    onProgress: (done, total) => {
      if (done % 800 < 8 || done === total)
        context.say(`rendering ${set.options.split} latents of ${kind} tokens ${done}/${total}`);
    },
  }).finally(() => releaseAll([renderer, codec].map((part) => () => part.release())));
  return rows;
}

/** Whose tokens the renderer is given: the autoregressor's, or those of the true frames. */
export type RenderedKind = 'generated' | 'true';

/** The key of `renderedLatents`: a hash of all that they depend on beside the frames. */
export async function renderedKey(models: ModelLoader, kind: RenderedKind): Promise<string> {
  const { preset } = models;
  const autoregressor =
    kind === 'generated'
      ? [await modelsKey(models, 'autoregressor'), await generationConfig(preset, 'autoregressor')]
      : [];
  return shortHash(
    await modelsKey(models, 'clip', 'text', 'face', 'compressor', 'unet', 'renderer'),
    await latentsKey(models),
    await generationConfig(preset, 'renderer'),
    await preset.config('scheduler', 'scheduler_config.json'),
    autoregressor,
  );
}
