import { cosineSimilarity } from './cosine.ts';

/** A frame of a film as the consistency metrics see it. */
export interface ConsistencyFrame {
  /** CLIP embedding of the picture. */
  readonly embedding: Float32Array;
  /** Who is to be seen in it. */
  readonly characters: readonly string[];
}

/**
 * Short-term consistency, ST (paper 4.3 and appendix B): of each character the frames in which it appears, the CLIP
 * cosine of each with the one before, and the mean over all such pairs of all characters. -1 .. 1, higher is steadier;
 * undefined where no character appears twice.
 */
export function shortTermConsistency(frames: readonly ConsistencyFrame[]): number | undefined {
  const last = new Map<string, Float32Array>();
  let total = 0;
  let pairs = 0;
  for (const { embedding, characters } of frames) {
    for (const character of new Set(characters)) {
      const before = last.get(character);
      if (before) {
        total += cosineSimilarity(before, embedding);
        pairs++;
      }
      last.set(character, embedding);
    }
  }
  return pairs > 0 ? total / pairs : undefined;
}

/** How sure it is that a character is in a frame: `null` where no face was found. */
export interface Appearance {
  readonly isThere: boolean;
  readonly similarity: number | null;
}

/** Long-term consistency (LT) of a film at one threshold. */
export interface LongTermConsistency {
  /** Cosine, -1 to 1, from which a face counts as a character. */
  readonly threshold: number;
  /** LT: found where it should be / should be; 0 .. 1, higher is better. */
  readonly recall: number;
  /** Found where it should be / found; 0 .. 1, and 1 where nothing was found. */
  readonly precision: number;
  /** Harmonic mean of both. */
  readonly f1: number;
}

/**
 * Long-term consistency, LT (paper, appendix B): |generated and true| / |true| over the frames of every character,
 * where a character counts as generated if a face is at least `threshold` alike. That alone is a recall: who draws
 * everybody everywhere has 1, so precision and F1 stand beside it.
 * @param appearances one for each character and frame; a RangeError without a single true one
 */
export function longTermConsistency(
  appearances: readonly Appearance[],
  threshold: number,
): LongTermConsistency {
  let [both, truly, found] = [0, 0, 0];
  for (const { isThere, similarity } of appearances) {
    const isFound = similarity !== null && similarity >= threshold;
    if (isThere) truly++;
    if (isFound) found++;
    if (isThere && isFound) both++;
  }
  if (truly === 0) throw new RangeError('longTermConsistency: no character is to be seen in any frame');
  const recall = both / truly;
  const precision = found === 0 ? 1 : both / found;
  return {
    threshold,
    recall,
    precision,
    f1: both === 0 ? 0 : (2 * precision * recall) / (precision + recall),
  };
}

/**
 * Subject consistency (VBench): the mean over frames from the second on of half of max(0, cosine with the frame
 * before) + max(0, cosine with the first). 0 .. 1, higher is steadier; undefined for a single frame.
 */
export function subjectConsistency(embeddings: readonly Float32Array[]): number | undefined {
  const first = embeddings[0];
  if (!first || embeddings.length < 2) return undefined;
  const alike = (a: Float32Array, b: Float32Array): number => Math.max(0, cosineSimilarity(a, b));
  let total = 0;
  for (let i = 1; i < embeddings.length; i++) {
    const [before, own] = [embeddings[i - 1] as Float32Array, embeddings[i] as Float32Array];
    total += (alike(own, before) + alike(own, first)) / 2;
  }
  return total / (embeddings.length - 1);
}
