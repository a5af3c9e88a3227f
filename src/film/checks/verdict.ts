import type { Box } from '../../inference/index.ts';
import { defaultFaceThreshold, identify } from '../../metrics/index.ts';

/** A face of a picture and the character that it is most like, each face being at most one and each one at most one face. */
export interface CheckedFace {
  /** Left, top, right and bottom in pixels. */
  readonly box: readonly [number, number, number, number];
  /** How sure the detector is, 0 .. 1. */
  readonly score: number;
  /** Null where all characters are more like other faces. */
  readonly character: string | null;
  /** Cosine with the character's portrait, -1 .. 1. */
  readonly cosine: number | null;
}

/** Who is in a picture. */
export interface PictureCheck {
  /** Which frame it is, from 0; of a keyframe 0. */
  readonly frame: number;
  /** Width and height in pixels, to which boxes refer. */
  readonly size: readonly [number, number];
  /** From left to right. */
  readonly faces: readonly CheckedFace[];
  /** Characters whom the script has there, and who were not found. */
  readonly missing: readonly string[];
  /** Characters who were found, and whom the script does not have there. */
  readonly unexpected: readonly string[];
  /** Faces that are no character's. */
  readonly strangers: number;
  /** Whether exactly those are there whom the script has there. */
  readonly passes: boolean;
}

/** A face as detector and encoder see it. */
export interface SeenFace {
  readonly box: Box;
  readonly score: number;
  /** Of unit length. */
  readonly embedding: Float32Array;
}

/**
 * Compares who is in a picture with whom the script has there. Numbers are rounded, cosines and scores to four places.
 * @param portraits face embeddings of all characters of the script
 */
export function verdict(
  picture: Pick<PictureCheck, 'frame' | 'size'>,
  seen: readonly SeenFace[],
  expected: readonly string[],
  portraits: ReadonlyMap<string, Float32Array>,
): PictureCheck {
  const identities = identify(seen, portraits);
  const faces = seen.map(({ box, score }, i): CheckedFace => {
    const own = identities.find(({ face }) => face === i);
    return {
      box: [Math.round(box[0]), Math.round(box[1]), Math.round(box[2]), Math.round(box[3])],
      score: rounded(score),
      character: own?.character ?? null,
      cosine: own ? rounded(own.similarity) : null,
    };
  });
  const found = faces.flatMap(({ character, cosine }) =>
    character !== null && (cosine ?? -1) >= defaultFaceThreshold ? [character] : [],
  );
  const missing = expected.filter((id) => !found.includes(id));
  const unexpected = found.filter((id) => !expected.includes(id));
  const strangers = faces.length - found.length;
  const passes = missing.length + unexpected.length + strangers === 0;
  return { ...picture, faces, missing, unexpected, strangers, passes };
}

/** What is wrong with a picture, in words; empty where nothing is. */
export function faultsInWords({ missing, unexpected, strangers }: PictureCheck): string {
  return [
    ...missing.map((id) => `${id} was not found`),
    ...unexpected.map((id) => `${id} is there, and should not be`),
    ...(strangers > 0 ? [strangers === 1 ? 'a stranger is there' : `${strangers} strangers are there`] : []),
  ].join(', ');
}

const rounded = (value: number): number => Math.round(value * 1e4) / 1e4;
