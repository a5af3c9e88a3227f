import { type FrameSet, frameImage, joined } from '../../corpus/index.ts';
import type { ImageEncoder, SentenceEncoder } from '../../inference/index.ts';
import { contactSheet, type Image } from '../../media/index.ts';

export interface RetrievalAccuracy {
  readonly frames: number;
  /** Share of frames for which their own joined sentences come first among those of all frames. */
  readonly captionFirst: number;
  readonly captionFirstFive: number;
  /** How often a sentence gives a picture for which it stands in the script more than one for which it does not. */
  readonly sentenceOrder: number;
}

export interface Retrieval {
  readonly accuracy: RetrievalAccuracy;
  /** Some frames with the sentences that fit best and worst. */
  readonly sheet: Image;
}

const shownFrames = 12;

/** Matches the frames of a set with its sentences, given by the frames' rows. */
export async function retrieve(
  encoders: { readonly images: ImageEncoder; readonly sentences: SentenceEncoder },
  set: FrameSet,
  sentences: readonly (readonly string[])[],
): Promise<Retrieval> {
  const n = set.count;
  const { dim } = encoders.images;
  const frames = new Float32Array(n * dim);
  for (let from = 0; from < n; from += 32) {
    const count = Math.min(32, n - from);
    const images = await Promise.all(Array.from({ length: count }, (_, i) => frameImage(set, from + i)));
    frames.set((await encoders.images.encode(images)).embeds, from * dim);
  }
  // the plot and the scene first: what is too long for the model is cut at the end
  const whole = await encoders.sentences.encode(sentences.map((list) => joined(list.toReversed())));
  const byCaption = scores(frames, n, whole, n, dim);
  const ranks = byCaption.map((row, i) => row.filter((v) => v > (row[i] as number)).length);

  const distinct = [...new Set(sentences.flat())].sort();
  const bySentence = scores(await encoders.sentences.encode(distinct), distinct.length, frames, n, dim);
  const orders = distinct.map((text, s) =>
    order(bySentence[s] as number[], (i) => sentences[i]?.includes(text) ?? false),
  );
  const ordered = orders.filter((v) => !Number.isNaN(v));

  const shown = Array.from({ length: Math.min(n, shownFrames) }, (_, i) =>
    Math.floor((i * n) / Math.min(n, shownFrames)),
  );
  const score = (s: number, i: number): number => (bySentence[s] as number[])[i] as number;
  const labels = shown.map((i) => {
    const best = distinct.map((_, s) => s).sort((a, b) => score(b, i) - score(a, i));
    const line = (s: number): string =>
      `${score(s, i).toFixed(2)} ${(distinct[s] as string).slice(0, 58)}`.padEnd(72);
    return [...best.slice(0, 2), best.at(-1) as number].map(line).join(' ');
  });
  const images = await Promise.all(shown.map((i) => frameImage(set, i)));
  return {
    accuracy: {
      frames: n,
      captionFirst: ranks.filter((r) => r === 0).length / n,
      captionFirstFive: ranks.filter((r) => r < 5).length / n,
      sentenceOrder: ordered.reduce((a, b) => a + b, 0) / ordered.length,
    },
    sheet: contactSheet(images, { columns: 3, labels, title: 'the two best sentences, and the worst' }),
  };
}

/** Scalar products of all rows of a [n, dim] with all rows of b [m, dim]. */
function scores(a: Float32Array, n: number, b: Float32Array, m: number, dim: number): number[][] {
  return Array.from({ length: n }, (_, i) =>
    Array.from({ length: m }, (_, j) => {
      let sum = 0;
      for (let k = 0; k < dim; k++) sum += (a[i * dim + k] as number) * (b[j * dim + k] as number);
      return sum;
    }),
  );
}

/** Area under the ROC curve: the share of pairs of a true and a false item in which the true one scores more. */
function order(row: readonly number[], isTrue: (i: number) => boolean): number {
  const right = row.filter((_, i) => isTrue(i));
  const wrong = row.filter((_, i) => !isTrue(i));
  let wins = 0;
  for (const r of right) for (const w of wrong) wins += r > w ? 1 : r === w ? 0.5 : 0;
  return wins / (right.length * wrong.length);
}
