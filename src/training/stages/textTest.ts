import {
  type Attribute,
  type FrameSet,
  frameTexts,
  type LabelledSentence,
  scriptSentences,
  sentenceSpace,
  sentencesByExpression,
} from '../../corpus/index.ts';
import type { ImageEncoder, SentenceEncoder } from '../../inference/index.ts';
import type { Image } from '../../media/index.ts';
import type { Network } from '../../presets/index.ts';
import { readEmbeddings } from '../data/readEmbeddings.ts';
import { wordsOf } from '../data/words.ts';
import { type RetrievalAccuracy, retrieve } from './clipRetrieval.ts';

export interface TextFigures {
  readonly retrieval: RetrievalAccuracy;
  /** Of held-out sentences that say an attribute, the share for which its linear head names the right value. */
  readonly said: Readonly<Record<Attribute, number>>;
  /** Of those that leave it unsaid, the share for which the head says so. */
  readonly unsaid: Readonly<Record<Attribute, number>>;
  /** Of the words that the head names, the share that stand there; of those that stand there, the share that it names. */
  readonly wordPrecision: number;
  readonly wordRecall: number;
  /** Mean cosine between sentences that differ in the expression alone. */
  readonly expressionCosine: number;
}

interface Tested {
  readonly sentences: SentenceEncoder;
  readonly images: ImageEncoder;
  /** The linear heads `words` and `classes` of `rows` embeddings x. */
  readonly heads: Network;
  readonly rows: number;
}

/** Held-out sentences: of episodes that no training draws, people apart. */
const held = { seed: 2, from: 2 ** 20, counts: { people: 800, others: 800 } } as const;
/** People whose expressions are compared. */
const compared = 40;

/** What the tower's embeddings of held-out sentences still say. */
export async function textTest(
  tested: Tested,
  validation: FrameSet,
  vocabulary: readonly string[],
  say: (text: string) => void,
): Promise<{ readonly figures: TextFigures; readonly sheet: Image }> {
  const { accuracy, sheet } = await retrieve(
    tested,
    validation,
    frameTexts(validation).map((a) => a.sentences),
  );
  const list = scriptSentences('validation', held.seed, held.from, held.counts);
  const embeddings = await tested.sentences.encode(list.map((s) => s.text));
  const labels = list.map((sentence) => sentence.labels);
  const read = await readEmbeddings(tested.heads, tested.rows, embeddings, list.length);
  const figures: TextFigures = {
    retrieval: accuracy,
    said: sentenceSpace.accuracy(read.classes ?? [], labels, (value) => value !== null),
    unsaid: sentenceSpace.accuracy(read.classes ?? [], labels, (value) => value === null),
    ...wordAccuracy(read.words ?? [], list, vocabulary),
    expressionCosine: await expressionCosine(tested.sentences),
  };
  const percent = (v: number): string => (100 * v).toFixed(1);
  const told = sentenceSpace.names.map((name) => `${name} ${percent(figures.said[name])}`).join(', ');
  say(
    `text: named of held-out sentences, in percent: ${told}; words ${percent(figures.wordRecall)} of those there, ` +
      `${percent(figures.wordPrecision)} of those named; expressions of one person at cosine ` +
      `${figures.expressionCosine.toFixed(3)}; right text first ${percent(accuracy.captionFirst)}`,
  );
  return { figures, sheet };
}

function wordAccuracy(
  logits: readonly Float32Array[],
  list: readonly LabelledSentence[],
  vocabulary: readonly string[],
): Pick<TextFigures, 'wordPrecision' | 'wordRecall'> {
  const known = new Set(vocabulary);
  let [hits, named, there] = [0, 0, 0];
  list.forEach(({ text }, i) => {
    const words = new Set(wordsOf(text).filter((word) => known.has(word)));
    there += words.size;
    vocabulary.forEach((word, j) => {
      if (((logits[i] as Float32Array)[j] as number) <= 0) return;
      named++;
      if (words.has(word)) hits++;
    });
  });
  return { wordPrecision: hits / named, wordRecall: hits / there };
}

async function expressionCosine(encoder: SentenceEncoder): Promise<number> {
  const people = sentencesByExpression('validation', held.seed, held.from, compared);
  const expressions = (people[0] as string[]).length;
  const rows = await encoder.encode(people.flat());
  const { dim } = encoder;
  let [sum, count] = [0, 0];
  for (let person = 0; person < compared; person++) {
    for (let a = 0; a < expressions; a++) {
      for (let b = 0; b < a; b++) {
        const [i, j] = [person * expressions + a, person * expressions + b];
        for (let k = 0; k < dim; k++) sum += (rows[i * dim + k] as number) * (rows[j * dim + k] as number);
        count++;
      }
    }
  }
  return sum / count;
}
