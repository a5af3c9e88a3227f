import type { Box } from '../inference/index.ts';
import { cosineSimilarity, countMatching, mean } from '../metrics/index.ts';
import { identitiesOf } from './faceMetrics.ts';
import type { MeasureOptions } from './metric.ts';
import type { Observations, ObservedShot } from './observe.ts';
import { clipScoreOf, clipSimilarityOf } from './pictureMetrics.ts';

/** A face that was found, and whom it was given to. */
export interface ScoredFace {
  /** In pixels. */
  readonly box: Box;
  /** How sure the detector is. */
  readonly score: number;
  /** The character of the script whom it was given to; null for nobody. */
  readonly character: string | null;
  /** Cosine with that character's portrait. */
  readonly cosine: number | null;
}

/** The figures of one shot. What has no encoder is not there. */
export interface ShotScores {
  /** From 1. */
  readonly shot: number;
  /** Path of the picture. */
  readonly picture: string;
  /** Path of the true picture. */
  readonly truth?: string;
  /** Width of the picture in pixels. */
  readonly width: number;
  /** Height of the picture in pixels. */
  readonly height: number;
  /** CLIPScore of the picture with its sentences (Hessel et al., 2021). */
  readonly clipScore?: number;
  /** Each sentence's own CLIP cosine with the picture. */
  readonly sentences: readonly { readonly text: string; readonly cosine?: number }[];
  /** CLIP cosine between the picture and the true picture, -1 to 1. */
  readonly clipSimilarity?: number;
  /** Score of the aesthetic head; higher is better. */
  readonly aesthetic?: number;
  /** OCCM of this picture. */
  readonly countMatching?: number;
  /** Mean cosine of the people of the shot with the faces that were given to them; who has none counts as 0. */
  readonly identity?: number;
  /** Who should be there, and was found by a face of at least the threshold's cosine. */
  readonly characters: readonly { readonly id: string; readonly isFound?: boolean }[];
  /** Who was found without being named. */
  readonly strangers?: readonly string[];
  /** Faces found in the picture. */
  readonly faces?: readonly ScoredFace[];
}

/** Scores every shot on its own. */
export function scoreShots({ shots, portraits }: Observations, options: MeasureOptions): ShotScores[] {
  return shots.map((shot) => scoreShot(shot, portraits, options));
}

function scoreShot(
  shot: ObservedShot,
  portraits: Observations['portraits'],
  { faceThreshold }: MeasureOptions,
): ShotScores {
  const { seen, sentences, texts, characters } = shot;
  const identities = identitiesOf(shot, portraits);
  const found = identities?.filter((i) => i.similarity >= faceThreshold).map((i) => i.character);
  const similarities = characters.map((id) => identities?.find((i) => i.character === id)?.similarity ?? 0);
  const faces = seen.faces?.map(({ box, score }, i): ScoredFace => {
    const identity = identities?.find(({ face }) => face === i);
    return { box, score, character: identity?.character ?? null, cosine: identity?.similarity ?? null };
  });
  const counted = seen.faces?.map((f) => f.embedding ?? new Float32Array(0));
  const all = {
    shot: shot.shot + 1,
    picture: shot.picture,
    truth: shot.truth,
    width: seen.width,
    height: seen.height,
    clipScore: clipScoreOf(shot),
    sentences: sentences.map((text, i) =>
      seen.image && texts ? { text, cosine: cosineSimilarity(seen.image, texts[i]!) } : { text },
    ),
    clipSimilarity: clipSimilarityOf(shot),
    aesthetic: seen.aesthetic,
    countMatching: counted ? countMatching([{ faces: counted, characters }]) : undefined,
    identity: identities ? mean(similarities) : undefined,
    characters: characters.map((id) => (found ? { id, isFound: found.includes(id) } : { id })),
    strangers: found?.filter((id) => !characters.includes(id)),
    faces,
  };
  return Object.fromEntries(Object.entries(all).filter(([, v]) => v !== undefined)) as never as ShotScores;
}
