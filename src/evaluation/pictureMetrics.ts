import {
  clipScore,
  cosineSimilarity,
  frechetDistanceOfSets,
  inceptionScore,
  mean,
  shortTermConsistency,
} from '../metrics/index.ts';
import { countOf, type Definition } from './metric.ts';
import type { Observations, ObservedPicture, ObservedShot } from './observe.ts';

/** Below this many pictures Frechet distance and Inception score say more about their number than about the pictures. */
export const enoughSamples = 2048;

/**
 * CLIP score: the mean of `clipScore` over the shots. Paper 4.2; 0 .. 100, higher is better.
 */
const clipScoreMetric: Definition = {
  key: 'clip-score',
  name: 'CLIP score',
  source: 'paper 4.2; 100 max(cos, 0), Hessel et al. 2021',
  range: '0 .. 100',
  better: 'higher',
  needs: ['clip'],
  measure: ({ shots }) => {
    const scores = shots.flatMap((shot) => clipScoreOf(shot) ?? []);
    return meanOr(scores, 'frame', 'no shot has a sentence');
  },
};

/** CLIP-sim: the mean CLIP cosine of each picture with the true one. Paper tables 2 and 3; -1 .. 1, higher is better. */
const clipSimilarityMetric: Definition = {
  key: 'clip-sim',
  name: 'CLIP-sim',
  source: 'paper, tables 2 and 3',
  range: '-1 .. 1',
  better: 'higher',
  needs: ['clip', 'truth'],
  measure: ({ shots }) =>
    meanOr(
      shots.flatMap((shot) => clipSimilarityOf(shot) ?? []),
      'pair',
      'there are no pairs',
    ),
};

/**
 * FID: the Frechet distance of the Inception features of all pictures and all true ones (Heusel et al. 2017; paper 4.2).
 * From 0, lower is better. Published figures rest on the network of 2015 (the `fid` variant) and on tens of thousands of
 * pictures: with another network, or fewer pictures, they are other figures, and a warning says so.
 */
const fid: Definition = {
  key: 'fid',
  name: 'FID',
  source: 'paper 4.2; Heusel et al. 2017',
  range: 'from 0',
  better: 'lower',
  needs: ['inception', 'truth'],
  measure: ({ shots, inception }) =>
    frechetOf(shots, (seen) => seen.inception!.features, variantWarnings(inception)),
};

/**
 * The Frechet distance of the CLIP features of all pictures and all true ones. It is not FID, whose features are
 * Inception's, and its figures compare only with those of the same CLIP. From 0, lower is better.
 */
const clipFrechet: Definition = {
  key: 'frechet-clip',
  name: 'Frechet distance (CLIP)',
  source: 'Heusel et al. 2017, with other features',
  range: 'from 0',
  better: 'lower',
  needs: ['clip', 'truth'],
  measure: ({ shots }) => frechetOf(shots, (seen) => seen.image!),
};

/**
 * Inception score: exp of the mean KL divergence of Inception's predictions from their mean (Salimans et al. 2016; paper
 * 4.2), over all pictures at once: films have too few for the usual ten parts. From 1 to the number of classes, higher is
 * better. The predictions are the network's own; the first published code left the bias of the last layer out.
 */
const inceptionScoreMetric: Definition = {
  key: 'inception-score',
  name: 'Inception score',
  source: 'paper 4.2; Salimans et al. 2016',
  range: '1 .. number of classes',
  better: 'higher',
  needs: ['inception'],
  measure: ({ shots, inception }) => {
    if (shots.length < 2) return fewPictures;
    const logits = shots.flatMap((s) => [...s.seen.inception!.logits]);
    return {
      value: inceptionScore(logits, logits.length / shots.length, 1).mean,
      from: countOf(shots.length, 'frame'),
      ...warned([...sampleWarnings(shots.length), ...variantWarnings(inception)]),
    };
  },
};

/** Aesthetic score: the mean of LAION's head over the pictures. Paper 4.2, appendix B; nominally 1 .. 10, higher is better. */
const aesthetic: Definition = {
  key: 'aesthetic',
  name: 'Aesthetic score',
  source: 'paper 4.2 and appendix B; Schuhmann et al. 2022',
  range: '1 .. 10, not clamped',
  better: 'higher',
  needs: ['clip', 'aesthetic'],
  measure: ({ shots }) =>
    meanOr(
      shots.flatMap((s) => s.seen.aesthetic ?? []),
      'frame',
      'there are no frames',
    ),
};

/**
 * ST: `shortTermConsistency` of the frames in which the script has a character, whether it is to be seen there or not:
 * so it needs no face detector, and both films of a comparison have the same pairs. Paper 4.3, appendix B; -1 .. 1,
 * higher is steadier.
 */
const shortTerm: Definition = {
  key: 'st',
  name: 'ST',
  source: 'paper 4.3 and appendix B',
  range: '-1 .. 1',
  better: 'higher',
  needs: ['clip'],
  measure: ({ shots }) => {
    const value = shortTermConsistency(
      shots.map(({ seen, characters }) => ({ embedding: seen.image!, characters })),
    );
    return value === undefined
      ? 'no character is in two shots'
      : { value, from: countOf(shots.length, 'frame') };
  },
};

/** Metrics of whole pictures. */
export const pictureMetrics: readonly Definition[] = [
  clipScoreMetric,
  clipSimilarityMetric,
  fid,
  clipFrechet,
  inceptionScoreMetric,
  aesthetic,
  shortTerm,
];

/** A shot's CLIP score; undefined without a CLIP or sentences. */
export function clipScoreOf({ seen, texts }: ObservedShot): number | undefined {
  return seen.image && texts ? clipScore(seen.image, texts) : undefined;
}

/** CLIP cosine of a picture with the true one; undefined without a CLIP or a true picture. */
export function clipSimilarityOf({ seen, seenTruth }: ObservedShot): number | undefined {
  return seen.image && seenTruth?.image ? cosineSimilarity(seen.image, seenTruth.image) : undefined;
}

const fewPictures = 'needs at least two pictures';

/** The Frechet distance of what is seen in all pictures and in all true ones. */
function frechetOf(
  shots: readonly ObservedShot[],
  features: (seen: ObservedPicture) => Float32Array,
  warnings: readonly string[] = [],
): ReturnType<Definition['measure']> {
  if (shots.length < 2) return fewPictures;
  const [own, truth] = [shots.map((s) => features(s.seen)), shots.map((s) => features(s.seenTruth!))];
  return {
    value: frechetDistanceOfSets(own, truth).distance,
    from: countOf(shots.length, 'pair'),
    ...warned([...sampleWarnings(shots.length), ...warnings]),
  };
}

function sampleWarnings(n: number): string[] {
  return n < enoughSamples
    ? [`from ${n} samples, below ${enoughSamples}: compare it with the same number only`]
    : [];
}

function variantWarnings(variant: Observations['inception']): string[] {
  return variant === 'fid'
    ? []
    : [
        "with torchvision's weights: published figures rest on the network of 2015 (the TensorFlow port), and do not compare",
      ];
}

const warned = (warnings: readonly string[]): { warning?: string } =>
  warnings.length > 0 ? { warning: warnings.join('; ') } : {};

function meanOr(
  values: readonly number[],
  what: string,
  otherwise: string,
): ReturnType<Definition['measure']> {
  const value = mean(values);
  return value === undefined ? otherwise : { value, from: countOf(values.length, what) };
}
