import { z } from 'zod';
import { readConfig } from '../../checkpoints/index.ts';
import {
  type FrameTexts,
  frameTexts,
  scriptSentences,
  sentenceSpace,
  theatreFrames,
  wrongExpression,
} from '../../corpus/index.ts';
import {
  add,
  concat,
  concatRows,
  exp,
  f32,
  filled,
  input,
  matmul,
  minimum,
  mul,
  Parameters,
  type Scope,
  slice,
  type Tensor,
  transpose,
} from '../../graph/index.ts';
import {
  ClipTokenizer,
  checkTokenizer,
  ModelLoader,
  SentenceEncoder,
  textInputs,
  unitRows,
} from '../../inference/index.ts';
import { clipTextWithProjection, readClipTextConfig, readClipVisionConfig } from '../../models/clip/index.ts';
import type { ModelSource, Preset } from '../../presets/index.ts';
import { Random } from '../../random/index.ts';
import { contrastiveLoss, targetRows } from '../contrast.ts';
import { peopleOf, pictureEmbeddings } from '../data/pictureEmbeddings.ts';
import { chooseFrames, sentenceBatch } from '../data/sentenceBatch.ts';
import { vocabularyOf, wordTargets } from '../data/words.ts';
import { classLoss, embeddingHead, wordLoss } from '../graphs/embeddingHeads.ts';
import { parametersOptions } from '../parametersOptions.ts';
import {
  dataOptions,
  framesOf,
  needsWeights,
  type StageBuilder,
  saveJson,
  saveModels,
  settingsOf,
} from '../stage.ts';
import { type SavedModel, TrainingError } from '../task.ts';
import { checkpointWeights } from '../weights.ts';
import { textTest } from './textTest.ts';

const own = {
  /** Episodes of the training data whose pictures are matched with sentences; batchSize of their frames at a time. */
  pictureEpisodes: z.number().int().positive(),
  /** Different sentences of those pictures in a batch, and people among them who are matched one by one. */
  sentences: z.number().int().positive(),
  regions: z.number().int().positive(),
  regionWeight: z.number().nonnegative(),
  /** Weight of matching pictures in the loss. */
  pictureWeight: z.number().nonnegative(),
  /** Sentences of undrawn scripts in a batch, about people and about scenes and plots. */
  people: z.number().int().positive(),
  others: z.number().int().positive(),
  /** Weight of naming all words of a sentence, and of naming what it says, attribute by attribute. */
  wordWeight: z.number().nonnegative(),
  classWeight: z.number().nonnegative(),
  /** Token positions of sentences about people, and of the others. */
  sentenceLength: z.number().int().min(4),
  otherLength: z.number().int().min(4),
};

const startScale = Math.log(1 / 0.07);
const maxScale = 100;
/** Scripts that the vocabulary is taken from, and in how many of their sentences a word must be. */
const corpus = { sentences: { people: 1500, others: 1500 }, least: 3 } as const;

/**
 * The text tower alone, from CLIP's own: it goes on matching the pictures that CLIP's vision tower embeds, which stays as
 * it is, and linear heads must name each sentence's words and what it says from its embedding. What distinguishes
 * few pixels, such as a mood or a beard, pictures alone hardly teach (docs/log.md). Sentences without pictures cost
 * nothing to draw. The heads are not saved.
 */
export const textStage: StageBuilder = async (context) => {
  const { preset, host, seed, say } = context;
  await needsWeights(context, 'text', ['clip']);
  const settings = await settingsOf(preset, 'text', own);
  const text = readClipTextConfig(await preset.config('text'));
  const { projectionDim: d } = readClipVisionConfig(await preset.config('clip'));
  if (text.projectionDim !== d)
    throw new TypeError(
      `preset '${preset.name}', text/config.json: projection_dim must be ${d} as in clip/config.json, got ${text.projectionDim}`,
    );
  const tokenizer = new ClipTokenizer(await tokenizerJson(preset));
  checkTokenizer(tokenizer, text);
  const options = await dataOptions(context, 'train');
  const train = await theatreFrames(
    context.cache,
    { ...options, episodes: Math.min(options.episodes, settings.pictureEpisodes) },
    (done, total) => {
      context.signal?.throwIfAborted();
      if (done % 20 === 0 || done === total) say(`drawing pictures of episodes ${done}/${total}`);
    },
  );
  const validation = await framesOf(context, 'validation');
  const pictures = await pictureEmbeddings(context, train);
  const about = frameTexts(train);

  const scriptSeed = Random.of(seed, 'text', 'scripts').int(2 ** 31);
  const { batchSize: n, people, others, sentences: m, regions: r, sentenceLength, otherLength } = settings;
  const vocabulary = vocabularyOf(
    scriptSentences('train', scriptSeed, 2 ** 24, corpus.sentences).map((s) => s.text),
    corpus.least,
  );
  const places = new Map(vocabulary.map((word, i) => [word, i]));
  say(`text: ${vocabulary.length} words to be named`);

  const parameters = new Parameters(undefined, parametersOptions(settings));
  const p = parameters.scope();
  const texts = (name: string, count: number, length: number): Tensor => {
    const ids = input(`${name}Ids`, [count, length], 'int64');
    return unitRows(clipTextWithProjection(p, text, ids, input(`${name}Ends`, [count], 'int64')).textEmbeds);
  };
  const shown = texts('shown', m + r, sentenceLength); // the last r are wrong
  const written = concat([texts('people', people, sentenceLength), texts('others', others, otherLength)], 0);
  const s = people + others;
  const scale = minimum(exp(p.at('heads').param('logit_scale', [], filled(startScale))), maxScale);
  const image = input('images', [n, d]);
  const logits = mul(matmul(image, shown, { transB: true }), scale); // [n, m + r]
  const imageLoss = contrastiveLoss(logits, input('imageTargets', [n, m + r]));
  const textLoss = contrastiveLoss(transpose(slice(logits, 1, 0, m), [1, 0]), input('textTargets', [m, n]));
  const regionLogits = mul(matmul(input('regions', [r, d]), shown, { transB: true }), scale); // [r, m + r]
  const regionLoss = contrastiveLoss(regionLogits, input('regionTargets', [r, m + r]));
  const pictureLoss = add(mul(add(imageLoss, textLoss), 0.5), mul(regionLoss, settings.regionWeight));
  const heads = (scope: Scope, x: Tensor) => ({
    words: embeddingHead(scope.at('heads', 'words'), x, vocabulary.length),
    classes: embeddingHead(scope.at('heads', 'classes'), x, sentenceSpace.count),
  });
  const read = heads(p, written);
  const words = wordLoss(read.words, input('wordTargets', [s, vocabulary.length]));
  const asked = input('asked', [s, sentenceSpace.names.length]);
  const classes = classLoss(read.classes, sentenceSpace, {
    classes: input('classTargets', [s, sentenceSpace.count]),
    asked,
  });
  const loss = add(
    mul(pictureLoss, settings.pictureWeight),
    add(mul(words, settings.wordWeight), mul(classes, settings.classWeight)),
  );

  const feedTexts = (name: string, list: readonly string[], length: number) => {
    const { ids, ends } = textInputs(tokenizer, text, list, length);
    return { [`${name}Ids`]: ids, [`${name}Ends`]: ends };
  };
  const evaluate = async (source: (prefix: string) => ModelSource) => {
    const sentences = new SentenceEncoder(source(''), text, tokenizer);
    const images = await new ModelLoader(preset, host).imageEncoder();
    const readHeads = await source('').load((scope) => heads(scope, input('x', [testRows, d])));
    try {
      return await textTest(
        { sentences, images, heads: readHeads, rows: testRows },
        validation,
        vocabulary,
        say,
      );
    } finally {
      await readHeads.release();
      await images.release();
      await sentences.release();
    }
  };

  const models: SavedModel[] = [
    { folder: preset.weights('text'), file: 'model.safetensors', prefix: '', except: 'heads' },
  ];
  const names = new Map([...parameters].map(({ name }) => [name, name]));
  return {
    name: 'text',
    settings,
    parameters: [...parameters],
    initial: await checkpointWeights(preset.layers('clip'), names),
    loss,
    metrics: { imageLoss, textLoss, regionLoss, words, classes, scale },
    batchSize: n,
    wholeBatch: true,
    async batch(step) {
      const random = Random.of(seed, 'text', 'batch', step);
      const rows = chooseFrames(train, n, random);
      const embeds = pictures.batch(rows);
      const size = embeds.length / n;
      const frames = rows.map((row) => about[row] as FrameTexts);
      const everyone = frames.flatMap((frame, i) =>
        peopleOf(frame).map((person, k) => ({ ...person, at: i * size + (1 + k) * d })),
      );
      const chosen = fill(random.shuffle(everyone), r);
      const first = [...new Set(chosen.map((person) => person.text))];
      const wrong = chosen.map((person) => wrongExpression(person, random));
      const lists = frames.map((frame) => frame.sentences);
      const drawn = sentenceBatch(lists, { singles: m, joined: 0 }, random, { first, wrong });
      const isOf = (region: number, j: number): boolean =>
        (drawn.singles[j] ?? wrong[j - m]) === chosen[region]?.text;
      const said = scriptSentences('train', scriptSeed, step * episodesPerStep, { people, others });
      const list = said.map((sentence) => sentence.text);
      const targets = sentenceSpace.targets(said.map(({ labels }) => labels));
      return {
        ...feedTexts('shown', [...drawn.singles, ...wrong], sentenceLength),
        ...feedTexts('people', list.slice(0, people), sentenceLength),
        ...feedTexts('others', list.slice(people), otherLength),
        images: f32(concatRows(rows.map((_, i) => embeds.subarray(i * size, i * size + d))), [n, d]),
        regions: f32(concatRows(chosen.map(({ at }) => embeds.subarray(at, at + d))), [r, d]),
        imageTargets: f32(drawn.imageTargets, [n, m + r]),
        textTargets: f32(drawn.textTargets, [m, n]),
        regionTargets: f32(targetRows(isOf, r, m + r), [r, m + r]),
        wordTargets: f32(wordTargets(list, places), [s, vocabulary.length]),
        classTargets: f32(targets.classes, [s, sentenceSpace.count]),
        asked: f32(targets.asked, asked.shape),
      };
    },
    async sample(source) {
      return (await evaluate(source)).sheet;
    },
    models,
    async save(weights, source) {
      await saveModels(models, [...parameters], weights);
      await saveJson(preset.weights('text'), 'evaluation.json', (await evaluate(source)).figures);
    },
  };
};

/** Rows that the heads read at a time when they are tested. */
const testRows = 32;
/** Numbers of episodes that a step has for itself. */
const episodesPerStep = 1000;

/** The text tower's own tokenizer where it has one, else CLIP's. */
async function tokenizerJson(preset: Preset): Promise<object> {
  for (const model of ['text', 'clip'] as const) {
    const path = await preset.file(model, 'tokenizer.json');
    if (path) return readConfig(path);
  }
  throw new TrainingError(`text: no tokenizer.json beside the weights of clip in ${preset.weightsFolder}`);
}

/** The first `count` items, from the beginning again where there are fewer. */
function fill<T>(items: readonly T[], count: number): T[] {
  if (items.length === 0) throw new TrainingError('text: a batch has no people; raise batchSize');
  return Array.from({ length: count }, (_, i) => items[i % items.length] as T);
}
