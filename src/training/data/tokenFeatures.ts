import { type FeatureRows, frameImage, type KeyframeSet } from '../../corpus/index.ts';
import { f32 } from '../../graph/index.ts';
import { ModelLoader, releaseAll } from '../../inference/index.ts';
import type { StageContext } from '../stage.ts';
import { featureRows, modelsKey } from './features.ts';
import { scriptFeatures } from './scriptFeatures.ts';
import type { SequenceSource } from './sequences.ts';

/** Spatial tokens of every frame, or of every mirror image, [tokens, width] each, by the frames' rows. */
export async function spatialFeatures(
  context: StageContext,
  set: KeyframeSet,
  mirrored = false,
): Promise<FeatureRows> {
  const models = new ModelLoader(context.preset, context.host);
  const encoder = await models.imageEncoder();
  const rows = await featureRows({
    folder: set.folder,
    signal: context.signal,
    name: mirrored ? 'spatial-mirrored' : 'spatial',
    key: await modelsKey(models, 'clip'),
    shape: [encoder.tokens, encoder.width],
    count: set.count,
    chunk: 32,
    compute: async (from, to) => {
      const images = await Promise.all(
        Array.from({ length: to - from }, (_, i) => frameImage(set, from + i, mirrored)),
      );
      return (await encoder.encode(images)).spatial;
    },
    onProgress: (done, total) => {
      if (done % 3200 < 32 || done === total)
        context.say(`encoding ${set.options.split} ${mirrored ? 'mirrored ' : ''}pictures ${done}/${total}`);
    },
  }).finally(() => encoder.release());
  return rows;
}

/** Compressed tokens of every frame, or of every mirror image, [2, d] each, by the frames' rows. */
export async function tokenFeatures(
  context: StageContext,
  set: KeyframeSet,
  mirrored = false,
): Promise<FeatureRows> {
  const models = new ModelLoader(context.preset, context.host);
  const tokenizer = await models.tokenizer();
  const { tokens, inputDim, outputTokens, outputDim } = tokenizer.config;
  let spatial: Promise<FeatureRows> | undefined; // only where the tokens are not there yet: it is large
  const rows = await featureRows({
    folder: set.folder,
    signal: context.signal,
    name: mirrored ? 'tokens-mirrored' : 'tokens',
    key: await modelsKey(models, 'clip', 'compressor'),
    shape: [outputTokens, outputDim],
    count: set.count,
    chunk: 64,
    compute: async (from, to) => {
      spatial ??= spatialFeatures(context, set, mirrored);
      const batch = (await spatial).batch(Array.from({ length: to - from }, (_, i) => from + i));
      const { data } = await tokenizer.encode(f32(batch, [to - from, tokens, inputDim]));
      return data as Float32Array;
    },
    onProgress: (done, total) => {
      if (done % 3200 < 64 || done === total)
        context.say(`compressing ${set.options.split} ${mirrored ? 'mirrored ' : ''}tokens ${done}/${total}`);
    },
  }).finally(() => tokenizer.release());
  return rows;
}

/**
 * The episodes of a set with everything that the autoregressor reads and predicts. Tokens of mirror images are there
 * only with `mirrored`.
 */
export async function sequenceSources(
  context: StageContext,
  set: KeyframeSet,
  { mirrored = false }: { readonly mirrored?: boolean } = {},
): Promise<SequenceSource[]> {
  const models = new ModelLoader(context.preset, context.host);
  const encoders = { sentences: await models.sentenceEncoder(), faces: await models.faceEncoder() };
  const { episodes, sentence } = await scriptFeatures(context, set, models, encoders).finally(() =>
    releaseAll(Object.values(encoders).map((encoder) => () => encoder.release())),
  );
  const plain = tokensByRow(await tokenFeatures(context, set));
  const turned = mirrored ? tokensByRow(await tokenFeatures(context, set, true)) : undefined;
  return episodes.map((encoded, i) => {
    const frames = set.episodes[i]?.frames ?? [];
    return {
      encoded,
      sentence,
      tokens: (shot, isMirrored) => {
        if (isMirrored && !turned)
          throw new RangeError(`sequenceSources: the mirror image of episode ${i} was not asked for`);
        return (isMirrored ? turned : plain)?.[frames[shot]?.row ?? -1] ?? [];
      },
    };
  });
}

/** One array for each token, however often it is used: sequences recognise equal tokens by their arrays. */
function tokensByRow(rows: FeatureRows): Float32Array[][] {
  const [count = 0, width = 0] = rows.shape;
  return Array.from({ length: rows.count }, (_, row) => {
    const all = rows.batch([row]);
    return Array.from({ length: count }, (_, i) => all.slice(i * width, (i + 1) * width));
  });
}
