import { access, copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import {
  ClipTokenizer,
  checkTokenizer,
  ImageEncoder,
  SentenceEncoder,
  textInputs,
  unitRows,
} from '../../dreamer/encoders.ts';
import type { ModelSource } from '../../dreamer/modelSource.ts';
import type { Preset } from '../../dreamer/preset.ts';
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
  type Tensor,
  transpose,
} from '../../graph/index.ts';
import {
  clipTextWithProjection,
  clipVisionWithProjection,
  readClipTextConfig,
  readClipVisionConfig,
} from '../../models/clip/index.ts';
import { Random } from '../../random/index.ts';
import { readConfig } from '../../runtime/index.ts';
import { trainTokenizer } from '../bpe.ts';
import { contrastiveLoss } from '../contrast.ts';
import { captions } from '../data/captions.ts';
import { normaliserOf, writeView } from '../data/pixels.ts';
import { chooseFrames, sentenceBatch } from '../data/sentenceBatch.ts';
import { smallFrames } from '../data/smallFrames.ts';
import { framesOf, type StageBuilder, saveJson, saveModels, settingsOf } from '../stage.ts';
import type { SavedModel } from '../task.ts';
import { type Retrieval, retrieve } from './clipTest.ts';

const own = {
  /** Different sentences in a batch, at least as many as pictures. */
  sentences: z.number().int().positive(),
  /** Pictures of a batch whose sentences also stand in it joined to one text. */
  joined: z.number().int().positive(),
  /** Token positions of single sentences, and of joined ones. */
  sentenceLength: z.number().int().min(4),
  textLength: z.number().int().min(4),
};

/** The learned temperature's start and bound (Radford et al., 2021, section 2.5). */
const startScale = Math.log(1 / 0.07);
const maxScale = 100;

/**
 * CLIP (Radford et al., 2021) on drawn frames and the sentences of their scripts. A sentence that is true for several
 * pictures of a batch is a positive for each.
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
  const sentences = captions(train);
  const tokenizer = await tokenizerOf(preset, sentences.flat(), text.vocabSize, say);
  checkTokenizer(tokenizer, text);

  const { batchSize: n, sentenceLength, textLength } = settings;
  const counts = { singles: settings.sentences, joined: settings.joined };
  const m = counts.singles + counts.joined;
  const parameters = new Parameters();
  const p = parameters.scope();
  const pixels = input('pixels', [n, 3, size, size]);
  const image = unitRows(clipVisionWithProjection(p, vision, pixels).imageEmbeds); // [n, d]
  const texts = (name: string, count: number, length: number): Tensor => {
    const ids = input(`${name}Ids`, [count, length], 'int64');
    return clipTextWithProjection(p, text, ids, input(`${name}Ends`, [count], 'int64')).textEmbeds;
  };
  const singles = texts('single', counts.singles, sentenceLength);
  const all = unitRows(concat([singles, texts('joined', counts.joined, textLength)], 0)); // [m, d]
  const scale = minimum(exp(p.param('logit_scale', [], filled(startScale))), maxScale);
  const logits = mul(matmul(image, all, { transB: true }), scale); // [n, m]
  const imageLoss = contrastiveLoss(logits, input('imageTargets', [n, m]));
  const textLoss = contrastiveLoss(transpose(logits, [1, 0]), input('textTargets', [m, n]));
  const loss = mul(add(imageLoss, textLoss), 0.5);

  const evaluate = async (source: (prefix: string) => ModelSource): Promise<Retrieval> => {
    const encoders = {
      images: new ImageEncoder(source(''), vision, preprocess),
      sentences: new SentenceEncoder(source(''), text, tokenizer),
    };
    const result = await retrieve(encoders, validation, captions(validation));
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
    metrics: { imageLoss, textLoss, scale },
    batchSize: n,
    async batch(step) {
      const random = Random.of(seed, 'clip', 'batch', step);
      const rows = chooseFrames(train, n, random);
      const data = new Float32Array(n * 3 * size * size);
      for (const [i, row] of rows.entries()) {
        const picture = { width: size, height: size, data: await images.read(row) };
        const view = { left: 0, top: 0, side: size, mirrored: random.chance(0.5), gain: [1, 1, 1] as const };
        writeView(picture, view, normaliser, data, i * 3 * size * size, size);
      }
      const lists = rows.map((row) => sentences[row] as string[]);
      const drawn = sentenceBatch(lists, counts, random);
      const single = textInputs(tokenizer, text, drawn.singles, sentenceLength);
      const whole = textInputs(tokenizer, text, drawn.joined, textLength);
      return {
        pixels: f32(data, pixels.shape),
        ...{ singleIds: single.ids, singleEnds: single.ends, joinedIds: whole.ids, joinedEnds: whole.ends },
        imageTargets: f32(drawn.imageTargets, [n, m]),
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
