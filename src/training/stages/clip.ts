import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { ClipTokenizer, checkTokenizer, ImageEncoder, SentenceEncoder, textInputs, unitRows } from '../../dreamer/encoders.ts';
import type { ModelSource } from '../../dreamer/modelSource.ts';
import type { Preset } from '../../dreamer/preset.ts';
import { add, concat, exp, f32, filled, input, matmul, minimum, mul, Parameters, type Tensor, transpose } from '../../graph/index.ts';
import {
  clipTextWithProjection,
  clipVisionWithProjection,
  readClipTextConfig,
  readClipVisionConfig,
} from '../../models/clip/index.ts';
import { Random } from '../../random/index.ts';
import { readConfig } from '../../runtime/index.ts';
import { trainTokenizer } from '../bpe.ts';
import { contrastiveLoss, targetRows } from '../contrast.ts';
import { captions, joined } from '../data/captions.ts';
import { normaliserOf, writeView } from '../data/pixels.ts';
import { smallFrames } from '../data/smallFrames.ts';
import type { FrameSet } from '../data/theatreFrames.ts';
import { framesOf, type StageBuilder, saveJson, saveModel, settingsOf } from '../stage.ts';
import { type Retrieval, retrieve } from './clipTest.ts';

const own = {
  /** Texts of each picture in a batch: single sentences, and all of them joined. At least 2. */
  sentences: z.number().int().min(2),
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
  const trueFor = sentences.map((list) => new Set(list));

  const { batchSize: n, sentences: k, sentenceLength, textLength } = settings;
  const singles = n * (k - 1);
  const m = n * k;
  const parameters = new Parameters();
  const p = parameters.scope();
  const pixels = input('pixels', [n, 3, size, size]);
  const image = unitRows(clipVisionWithProjection(p, vision, pixels).imageEmbeds); // [n, d]
  const texts = (name: string, count: number, length: number): Tensor => {
    const ids = input(`${name}Ids`, [count, length], 'int64');
    return clipTextWithProjection(p, text, ids, input(`${name}Ends`, [count], 'int64')).textEmbeds;
  };
  // the texts of a batch: first all single sentences, then one joined text a picture
  const all = concat([texts('single', singles, sentenceLength), texts('joined', n, textLength)], 0); // [m, d]
  const scale = minimum(exp(p.param('logit_scale', [], filled(startScale))), maxScale);
  const logits = mul(matmul(image, unitRows(all), { transB: true }), scale); // [n, m]
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

  return {
    name: 'clip',
    settings,
    parameters: [...parameters],
    loss,
    metrics: { imageLoss, textLoss, scale },
    batchSize: n,
    async batch(step) {
      const random = Random.of(seed, 'clip', 'batch', step);
      const rows = chooseRows(train, n, random);
      const data = new Float32Array(n * 3 * size * size);
      const single: { text: string; of: number }[] = [];
      const whole: string[] = [];
      for (const [i, row] of rows.entries()) {
        const picture = { width: size, height: size, data: await images.read(row) };
        const view = { left: 0, top: 0, side: size, mirrored: random.chance(0.5), gain: [1, 1, 1] as const };
        writeView(picture, view, normaliser, data, i * 3 * size * size, size);
        const shuffled = random.shuffle(sentences[row] as string[]);
        for (let j = 0; j < k - 1; j++) single.push({ text: shuffled[j % shuffled.length] as string, of: i });
        whole.push(joined(shuffled));
      }
      const isTrue = (i: number, j: number): boolean => {
        const t = single[j];
        return t ? t.of === i || (trueFor[rows[i] as number] as Set<string>).has(t.text) : j - singles === i;
      };
      const s = textInputs(
        tokenizer,
        text,
        single.map((t) => t.text),
        sentenceLength,
      );
      const w = textInputs(tokenizer, text, whole, textLength);
      return {
        pixels: f32(data, pixels.shape),
        ...{ singleIds: s.ids, singleEnds: s.ends, joinedIds: w.ids, joinedEnds: w.ends },
        imageTargets: f32(targetRows(isTrue, n, m), [n, m]),
        textTargets: f32(
          targetRows((j, i) => isTrue(i, j), m, n),
          [m, n],
        ),
      };
    },
    async sample(source) {
      return (await evaluate(source)).sheet;
    },
    async save(weights, source) {
      const folder = preset.weights('clip');
      await saveModel(folder, 'model.safetensors', weights, [...parameters], '');
      await saveJson(folder, 'evaluation.json', (await evaluate(source)).accuracy);
    },
  };
};

/** Frames of a batch: half of them in fours from one episode, whose people and places are hard to tell apart. */
function chooseRows({ episodes }: FrameSet, n: number, random: Random): number[] {
  const rows = new Set<number>();
  const total = episodes.reduce((sum, e) => sum + e.frames.length, 0);
  if (total < n) throw new RangeError(`clip: a batch of ${n} frames needs as many, the data have ${total}`);
  while (rows.size < n / 2) {
    for (const { row } of random.shuffle(random.pick(episodes).frames).slice(0, 4)) if (rows.size < n) rows.add(row);
  }
  while (rows.size < n) rows.add(random.pick(random.pick(episodes).frames).row);
  return [...rows];
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
