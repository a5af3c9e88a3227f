import {
  type FeatureRows,
  type FrameSet,
  type FrameTexts,
  frameImage,
  frameTexts,
} from '../../corpus/index.ts';
import { f32, input, reshape } from '../../graph/index.ts';
import { clipPreprocess, ModelLoader, unitRows } from '../../inference/index.ts';
import { clipVisionWithProjection, gridSize, readClipVisionConfig } from '../../models/clip/index.ts';
import { checkpointSource } from '../../presets/index.ts';
import { regionEmbeds } from '../graphs/regionEmbeds.ts';
import type { StageContext } from '../stage.ts';
import { featureRows, modelsKey } from './features.ts';
import { regionWeights } from './regions.ts';

/** Most people of a frame that are embedded. */
export const mostPeople = 5;

/**
 * What CLIP's vision tower says of every frame, and of the patches where each person stands, of unit length: rows [1 +
 * mostPeople, d] by the frames' rows, people in the order of the script, zeros behind them.
 */
export async function pictureEmbeddings(context: StageContext, set: FrameSet): Promise<FeatureRows> {
  const { preset, host } = context;
  const config = readClipVisionConfig(await preset.config('clip'));
  const preprocess = await preset.config('clip', 'preprocessor_config.json');
  const source = await checkpointSource(host, preset.layers('clip'));
  const { imageSize: side, projectionDim: d } = config;
  const grid = gridSize(config);
  const n = 16;
  const shapes = { pixels: [n, 3, side, side], weights: [n * mostPeople, n * grid ** 2] } as const;
  const network = await source.load((p) => {
    const { imageEmbeds, lastHiddenState } = clipVisionWithProjection(
      p,
      config,
      input('pixels', shapes.pixels),
    );
    const people = regionEmbeds(p, config, lastHiddenState, input('weights', shapes.weights));
    return { images: unitRows(imageEmbeds), people: reshape(unitRows(people), [n, mostPeople, d]) };
  });
  const texts = frameTexts(set);
  const compute = async (from: number, to: number): Promise<Float32Array> => {
    const rows = Array.from({ length: to - from }, (_, i) => from + i);
    const pixels = new Float32Array(n * 3 * side ** 2);
    for (const [i, row] of rows.entries()) {
      const { data } = clipPreprocess(await frameImage(set, row), preprocess);
      pixels.set(data as Float32Array, i * 3 * side ** 2);
    }
    const slots = rows.flatMap((row, image) =>
      peopleOf(texts[row] as FrameTexts).map(({ box }, k) => ({ image, k, box, mirrored: false })),
    );
    const packed = regionWeights(slots, set.options, n, grid);
    const weights = new Float32Array(n * mostPeople * n * grid ** 2);
    const length = n * grid ** 2;
    slots.forEach(({ image, k }, i) => {
      weights.set(packed.subarray(i * length, (i + 1) * length), (image * mostPeople + k) * length);
    });
    const out = await network.run({
      pixels: f32(pixels, shapes.pixels),
      weights: f32(weights, shapes.weights),
    });
    const [images, people] = [out.images?.data as Float32Array, out.people?.data as Float32Array];
    const result = new Float32Array(rows.length * (1 + mostPeople) * d);
    rows.forEach((row, i) => {
      result.set(images.subarray(i * d, (i + 1) * d), i * (1 + mostPeople) * d);
      const count = peopleOf(texts[row] as FrameTexts).length;
      const own = people.subarray(i * mostPeople * d, (i * mostPeople + count) * d);
      result.set(own, (i * (1 + mostPeople) + 1) * d);
    });
    return result;
  };
  const rows = await featureRows({
    folder: set.folder,
    signal: context.signal,
    name: 'picture-embeddings',
    key: await modelsKey(new ModelLoader(preset, host), 'clip'),
    shape: [1 + mostPeople, d],
    count: set.count,
    chunk: n,
    compute,
    onProgress: (done, total) => {
      if (done % 800 < n || done === total)
        context.say(`embedding ${set.options.split} pictures ${done}/${total}`);
    },
  });
  await network.release();
  return rows;
}

/** The people of a frame whose patches are embedded. */
export const peopleOf = ({ people }: FrameTexts): FrameTexts['people'] => people.slice(0, mostPeople);
