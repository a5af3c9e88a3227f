import { access, copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { readConfig } from '../../checkpoints/index.ts';
import { type FrameTexts, frameTexts, wrongExpression } from '../../corpus/index.ts';
import {
  add,
  concat,
  exp,
  f32,
  filled,
  input,
  matmul,
  minimum,
  mul,
  Parameters,
  slice,
  type Tensor,
  transpose,
} from '../../graph/index.ts';
import {
  ClipTokenizer,
  checkTokenizer,
  ImageEncoder,
  SentenceEncoder,
  textInputs,
  trainTokenizer,
  unitRows,
} from '../../inference/index.ts';
import {
  clipTextWithProjection,
  clipVisionWithProjection,
  gridSize,
  readClipTextConfig,
  readClipVisionConfig,
} from '../../models/clip/index.ts';
import type { ModelSource, Preset } from '../../presets/index.ts';
import { Random } from '../../random/index.ts';
import { contrastiveLoss, targetRows } from '../contrast.ts';
import { normaliserOf, writeView } from '../data/pixels.ts';
import { regionWeights } from '../data/regions.ts';
import { chooseFrames, sentenceBatch } from '../data/sentenceBatch.ts';
import { smallFrames } from '../data/smallFrames.ts';
import { regionEmbeds } from '../graphs/regionEmbeds.ts';
import { parametersOptions } from '../parametersOptions.ts';
import { framesOf, type StageBuilder, saveJson, saveModels, settingsOf } from '../stage.ts';
import { type SavedModel, TrainingError } from '../task.ts';
import { type Retrieval, retrieve } from './clipRetrieval.ts';

const own = {
  /** Different sentences in a batch, at least as many as pictures. */
  sentences: z.number().int().positive(),
  /** Pictures of a batch whose sentences also stand in it joined to one text. */
  joined: z.number().int().positive(),
  /** People in a batch whose own patches are matched with their sentences, and the weight of that in the loss. */
  regions: z.number().int().positive(),
  regionWeight: z.number().nonnegative(),
  /** Token positions of single sentences, and of joined ones. */
  sentenceLength: z.number().int().min(4),
  textLength: z.number().int().min(4),
};

/** The learned temperature's start and bound (Radford et al., 2021, section 2.5). */
const startScale = Math.log(1 / 0.07);
const maxScale = 100;

/**
 * Trains CLIP (Radford et al., 2021) on drawn frames and the sentences of their scripts. A sentence that is true for several
 * pictures of a batch is a positive for each. People are matched one by one as well: the mean of the patch tokens at a
 * person's place with the sentence about that person (as regions in Zhong et al., 2022), so few pictures are enough. Each
 * such sentence also has a copy in the batch with a wrong expression as a hard negative (Yuksekgonul et al., 2023);
 * without it the text embeddings barely encode facial expressions.
 */
export const clipStage: StageBuilder = async (context) => {
  const { preset, seed, say } = context;
  const settings = await settingsOf(preset, 'clip', own);
  const json = await preset.config('clip');
  const [vision, text] = [readClipVisionConfig(json), readClipTextConfig(json)];
  const preprocess = await preset.config('clip', 'preprocessor_config.json');
  const normaliser = normaliserOf(preprocess);
  const [train, validation] = [await framesOf(context, 'train'), await framesOf(context, 'validation')];
  const size = vision.imageSize;
  const images = await smallFrames(train, size, (done, total) => {
    if (done % 500 === 0) say(`resizing frames ${done}/${total}`);
  });
  const about = frameTexts(train);
  const tokenizer = await tokenizerOf(
    preset,
    about.flatMap((a) => a.sentences),
    text.vocabSize,
    say,
  );
  checkTokenizer(tokenizer, text);

  const { batchSize: n, sentenceLength, textLength } = settings;
  const counts = { singles: settings.sentences, joined: settings.joined };
  const m = counts.singles + counts.joined;
  const parameters = new Parameters(undefined, parametersOptions(settings));
  const p = parameters.scope();
  const pixels = input('pixels', [n, 3, size, size]);
  const { imageEmbeds, lastHiddenState } = clipVisionWithProjection(p, vision, pixels);
  const image = unitRows(imageEmbeds); // [n, d]
  const texts = (name: string, count: number, length: number): Tensor => {
    const ids = input(`${name}Ids`, [count, length], 'int64');
    return clipTextWithProjection(p, text, ids, input(`${name}Ends`, [count], 'int64')).textEmbeds;
  };
  const { regions: r } = settings;
  const single = texts('single', counts.singles + r, sentenceLength); // the last r are the wrong ones
  const parts = [slice(single, 0, 0, counts.singles), texts('joined', counts.joined, textLength)];
  const all = unitRows(concat([...parts, slice(single, 0, counts.singles)], 0)); // [m + r, d]
  const scale = minimum(exp(p.param('logit_scale', [], filled(startScale))), maxScale);
  const logits = mul(matmul(image, all, { transB: true }), scale); // [n, m + r]
  const imageLoss = contrastiveLoss(logits, input('imageTargets', [n, m + r]));
  const textLoss = contrastiveLoss(transpose(slice(logits, 1, 0, m), [1, 0]), input('textTargets', [m, n]));
  const weights = input('regionWeights', [r, n * gridSize(vision) ** 2]);
  const people = unitRows(regionEmbeds(p, vision, lastHiddenState, weights)); // [r, d]
  const peopleLogits = mul(matmul(people, all, { transB: true }), scale); // [r, m + r]
  const regionLoss = contrastiveLoss(peopleLogits, input('regionTargets', [r, m + r]));
  const loss = add(mul(add(imageLoss, textLoss), 0.5), mul(regionLoss, settings.regionWeight));

  const evaluate = async (source: (prefix: string) => ModelSource): Promise<Retrieval> => {
    const encoders = {
      images: new ImageEncoder(source(''), vision, preprocess),
      sentences: new SentenceEncoder(source(''), text, tokenizer),
    };
    const result = await retrieve(
      encoders,
      validation,
      frameTexts(validation).map((a) => a.sentences),
    );
    await encoders.images.release();
    await encoders.sentences.release();
    const { frames, captionFirst, captionFirstFive, sentenceOrder } = result.accuracy;
    const percent = (v: number): string => `${(100 * v).toFixed(1)} %`;
    say(
      `clip: of ${frames} joined texts the right one comes first for ${percent(captionFirst)} of frames, among the first ` +
        `five for ${percent(captionFirstFive)}; a sentence prefers a picture it is true for in ${percent(sentenceOrder)} of pairs`,
    );
    return result;
  };

  const models: SavedModel[] = [{ folder: preset.weights('clip'), file: 'model.safetensors', prefix: '' }];
  return {
    name: 'clip',
    settings,
    parameters: [...parameters],
    loss,
    metrics: { imageLoss, textLoss, regionLoss, scale },
    batchSize: n,
    wholeBatch: true,
    async batch(step) {
      const random = Random.of(seed, 'clip', 'batch', step);
      const rows = chooseFrames(train, n, random);
      const mirrored = rows.map(() => random.chance(0.5));
      const data = new Float32Array(n * 3 * size * size);
      for (const [i, row] of rows.entries()) {
        const picture = { width: size, height: size, data: await images.read(row) };
        const view = {
          left: 0,
          top: 0,
          side: size,
          mirrored: mirrored[i] ?? false,
          gain: [1, 1, 1] as const,
        };
        writeView(picture, view, normaliser, data, i * 3 * size * size, size);
      }
      const texts = rows.map((row) => about[row] as FrameTexts);
      const regions = texts.flatMap(({ people }, image) =>
        people.map((person) => ({ ...person, image, mirrored: mirrored[image] ?? false })),
      );
      const shown = fill(random.shuffle(regions), r);
      const lists = texts.map((t) => t.sentences);
      const first = [...new Set(shown.map((s) => s.text))];
      const wrong = shown.map((person) => wrongExpression(person, random));
      const drawn = sentenceBatch(lists, counts, random, { first, wrong });
      const isOf = (region: number, text: number): boolean =>
        (drawn.singles[text] ?? wrong[text - m]) === shown[region]?.text;
      const single = textInputs(tokenizer, text, [...drawn.singles, ...wrong], sentenceLength);
      const whole = textInputs(tokenizer, text, drawn.joined, textLength);
      return {
        pixels: f32(data, pixels.shape),
        ...{ singleIds: single.ids, singleEnds: single.ends, joinedIds: whole.ids, joinedEnds: whole.ends },
        regionWeights: f32(regionWeights(shown, train.options, n, gridSize(vision)), weights.shape),
        regionTargets: f32(targetRows(isOf, r, m + r), [r, m + r]),
        imageTargets: f32(drawn.imageTargets, [n, m + r]),
        textTargets: f32(drawn.textTargets, [m, n]),
      };
    },
    async sample(source) {
      return (await evaluate(source)).sheet;
    },
    models,
    async save(weights, source) {
      const folder = preset.weights('clip');
      await saveModels(models, [...parameters], weights);
      // beside the weights, where published checkpoints have it, too
      await copyFile(join(preset.folder, 'clip', 'tokenizer.json'), join(folder, 'tokenizer.json'));
      await saveJson(folder, 'evaluation.json', (await evaluate(source)).accuracy);
    },
  };
};

/** The first `count` items, from the beginning again where there are fewer. */
function fill<T>(items: readonly T[], count: number): T[] {
  if (items.length === 0) throw new TrainingError('clip: a batch has no people; the data must show some');
  return Array.from({ length: count }, (_, i) => items[i % items.length] as T);
}

/** The preset's tokenizer; learned from the sentences and written into the preset where it has none yet. */
async function tokenizerOf(
  preset: Preset,
  corpus: readonly string[],
  vocabularySize: number,
  say: (text: string) => void,
): Promise<ClipTokenizer> {
  const folder = join(preset.folder, 'clip');
  const isThere = await access(join(folder, 'tokenizer.json')).then(
    () => true,
    () => false,
  );
  if (!isThere) {
    say(`learning a tokenizer from ${corpus.length} sentences`);
    await saveJson(folder, 'tokenizer.json', trainTokenizer(corpus, vocabularySize));
  }
  return new ClipTokenizer(await readConfig(join(folder, 'tokenizer.json')));
}
