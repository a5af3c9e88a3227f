import { Models } from '../../dreamer/models.ts';
import { f32 } from '../../graph/index.ts';
import type { StageContext } from '../stage.ts';
import { featureRows, weightsKey } from './features.ts';
import { frameImage } from './frameImages.ts';
import type { FeatureRows } from './rowFile.ts';
import { scriptFeatures } from './scriptFeatures.ts';
import type { SequenceSource } from './sequences.ts';
import type { FrameSet } from './theatreFrames.ts';

/**
 * Spatial tokens of every frame and of its mirror image, [tokens, width] each: frame `row` lies in row 2 `row`, its
 * mirror image in the one behind it.
 */
export async function spatialFeatures(context: StageContext, set: FrameSet): Promise<FeatureRows> {
  const encoder = await new Models(context.preset, context.host).imageEncoder();
  const rows = await featureRows({
    folder: set.folder,
    signal: context.signal,
    name: 'spatial',
    key: await weightsKey(context.preset.weights('clip')),
    shape: [encoder.tokens, encoder.width],
    count: 2 * set.count,
    chunk: 32,
    compute: async (from, to) => {
      const rows = Array.from({ length: to - from }, (_, i) => from + i);
      const images = await Promise.all(rows.map((r) => frameImage(set, r >> 1, r % 2 === 1)));
      return (await encoder.encode(images)).spatial;
    },
    onProgress: (done, total) => {
      if (done % 3200 < 32 || done === total)
        context.say(`encoding ${set.options.split} pictures ${done}/${total}`);
    },
  });
  await encoder.release();
  return rows;
}

/** Compressed tokens of every frame and of its mirror image, [2, d] each, in the rows of `spatialFeatures`. */
export async function tokenFeatures(context: StageContext, set: FrameSet): Promise<FeatureRows> {
  const { preset } = context;
  const tokenizer = await new Models(preset, context.host).tokenizer();
  const { tokens, inputDim, outputTokens, outputDim } = tokenizer.config;
  let spatial: Promise<FeatureRows> | undefined; // only where the tokens are not there yet: it is large
  const rows = await featureRows({
    folder: set.folder,
    signal: context.signal,
    name: 'tokens',
    key: await weightsKey(preset.weights('clip'), preset.weights('compressor')),
    shape: [outputTokens, outputDim],
    count: 2 * set.count,
    chunk: 64,
    compute: async (from, to) => {
      spatial ??= spatialFeatures(context, set);
      const batch = (await spatial).batch(Array.from({ length: to - from }, (_, i) => from + i));
      const { data } = await tokenizer.encode(f32(batch, [to - from, tokens, inputDim]));
      return data as Float32Array;
    },
    onProgress: (done, total) => {
      if (done % 3200 < 64 || done === total)
        context.say(`compressing ${set.options.split} tokens ${done}/${total}`);
    },
  });
  await tokenizer.release();
  return rows;
}

/** The episodes of a set with everything that the autoregressor reads and predicts. */
export async function sequenceSources(context: StageContext, set: FrameSet): Promise<SequenceSource[]> {
  const models = new Models(context.preset, context.host);
  const encoders = { sentences: await models.sentenceEncoder(), faces: await models.faceEncoder() };
  const { episodes, sentence } = await scriptFeatures(context, set, encoders);
  const tokens = await tokenFeatures(context, set);
  for (const encoder of Object.values(encoders)) await encoder.release();
  const [count = 0, width = 0] = tokens.shape;
  // one array for each token, however often it is used: sequences know equal tokens by their arrays
  const split = Array.from({ length: tokens.count }, (_, row) => {
    const both = tokens.batch([row]);
    return Array.from({ length: count }, (_, i) => both.slice(i * width, (i + 1) * width));
  });
  return episodes.map((encoded, i) => {
    const frames = set.episodes[i]?.frames ?? [];
    return {
      encoded,
      sentence,
      tokens: (shot, mirrored) => split[2 * (frames[shot]?.row ?? -1) + Number(mirrored)] ?? [],
    };
  });
}
