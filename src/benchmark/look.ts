import { join } from 'node:path';
import { type Encoders, EvaluationError } from '../evaluation/index.ts';
import { cachedJson } from '../files/index.ts';
import { f32, rowsOf } from '../graph/index.ts';
import { type Box, cropFaces, cropSquare, findFaces, type ImageEncoder } from '../inference/index.ts';
import { type Image, readImage } from '../media/index.ts';
import { pooledPatches } from '../metrics/index.ts';
import { fromText, keyOf, toText } from './cache.ts';
import type { PartEvent } from './settings.ts';

/** A face as the encoders see it. */
export interface SeenFace {
  /** By the face encoder: who it is; of unit length. */
  readonly who: Float32Array;
  /** By CLIP, of the square around the face: how it looks, part by part (see `Look.parts`). */
  readonly how: Float32Array;
  /** By CLIP, of the square around what the person's hands reach, part by part. */
  readonly hands: Float32Array;
  /** How sure the detector is; 1 where the place was known. */
  readonly score: number;
}

/** All that the benchmark measures of a picture. */
export interface Look {
  /** CLIP embedding, of unit length. */
  readonly clip: Float32Array;
  /** CLIP's patch features averaged over at most 4 x 4 parts of the picture: what probes read. */
  readonly parts: Float32Array;
  /** The faces at the places that were asked about, in their order. */
  readonly known: readonly SeenFace[];
  /** The faces that the detector found, from left to right; undefined without a detector. */
  readonly found?: readonly SeenFace[];
}

/** A picture, and where faces are known to be. */
export interface Sight {
  readonly picture: string;
  readonly boxes: readonly Box[];
}

/** Sights of one entry of the cache. */
const CHUNK = 32;

/** Most parts of a picture, across and down, that probes distinguish; measured in docs/log.md. */
const mostParts = 4;

/**
 * The square around what hands reach, in heights of the face: its side, and how far its middle lies below the face's. In the
 * theatre hands lie 0.7 to 1.7 heights below the face, and things in them reach from 1.3 above it to 2.5 below.
 */
const reach = { side: 2.9, below: 0.7 };

/** Looks at pictures with the encoders; `name` and `key` say which pictures these are. */
export async function* lookAt(
  part: string,
  cache: string,
  key: string,
  sights: readonly Sight[],
  encoders: Encoders,
): AsyncGenerator<PartEvent, Look[], void> {
  const roles = (['clip', 'face', 'detector'] as const).map((r) => encoders[r]?.identity.fingerprint ?? null);
  const folder = join(cache, `looks-${keyOf(key, roles, mostParts, reach)}`);
  const looks: Look[] = [];
  for (let from = 0; from < sights.length; from += CHUNK) {
    const chunk = sights.slice(from, from + CHUNK);
    const own = keyOf(
      from,
      chunk.map((s) => s.boxes),
    );
    const texts = await cachedJson(join(folder, `${own}.json`), 'moviedreamer-looks-1', async () => {
      const made: LookText[] = [];
      for (const sight of chunk) made.push(textOf(await look(sight, encoders)));
      return made;
    });
    looks.push(...texts.map(lookOf));
    yield { type: 'part', part, done: looks.length, total: sights.length };
  }
  return looks;
}

/** The encoders that nothing can be measured without. Throws `EvaluationError`. */
export function needed({ clip, face, absent }: Encoders): {
  readonly clip: NonNullable<Encoders['clip']>['model'];
  readonly face: NonNullable<Encoders['face']>['model'];
} {
  if (clip && face) return { clip: clip.model, face: face.model };
  const lacking = clip ? 'face' : 'clip';
  throw new EvaluationError(`benchmark: there is no ${lacking} encoder: ${absent[lacking]}`);
}

async function look({ picture, boxes }: Sight, encoders: Encoders): Promise<Look> {
  const image = await readImage(picture);
  const { clip } = needed(encoders);
  const known = await seeFaces(
    image,
    boxes.map((box) => ({ box, score: 1 })),
    encoders,
  );
  const { embeds, parts } = await see([image], clip.images);
  const own = { clip: embeds, parts: parts[0] as Float32Array, known };
  if (!encoders.detector) return own;
  const found = await findFaces(encoders.detector.model, image);
  return { ...own, found: await seeFaces(image, found, encoders) };
}

async function see(
  images: readonly Image[],
  encoder: ImageEncoder,
): Promise<{ embeds: Float32Array; parts: Float32Array[] }> {
  const { spatial, embeds } = await encoder.encode(images);
  const { tokens, width } = encoder;
  return { embeds, parts: pooledPatches({ spatial, tokens, width }, partsAcross(tokens)) };
}

/** As many as divide the encoder's grid of patches. */
function partsAcross(tokens: number): number {
  const grid = Math.sqrt(tokens);
  let parts = Math.min(mostParts, grid);
  while (grid % parts !== 0) parts--;
  return parts;
}

async function seeFaces(
  image: Image,
  faces: readonly { readonly box: Box; readonly score: number }[],
  encoders: Encoders,
): Promise<SeenFace[]> {
  if (faces.length === 0) return [];
  const { clip, face } = needed(encoders);
  const crops = cropFaces(image, faces);
  const who = rowsOf(f32(await face.encode(crops), [crops.length, face.dim]));
  const { parts: how } = await see(crops, clip.images);
  const reached = faces.map(({ box }) => cropHands(image, box));
  const { parts: hands } = await see(reached, clip.images);
  return faces.map(({ score }, i) => ({
    who: who[i] as Float32Array,
    how: how[i] as Float32Array,
    hands: hands[i] as Float32Array,
    score,
  }));
}

/** The square around what the hands of the face's owner reach; what lies outside of the picture repeats its border. */
export function cropHands(image: Image, [x0, y0, x1, y1]: Box): Image {
  const height = Math.max(y1 - y0, x1 - x0);
  return cropSquare(image, (x0 + x1) / 2, (y0 + y1) / 2 + reach.below * height, reach.side * height);
}

interface FaceText {
  readonly who: string;
  readonly how: string;
  readonly hands: string;
  readonly score: number;
}
interface LookText {
  readonly clip: string;
  readonly parts: string;
  readonly known: readonly FaceText[];
  readonly found?: readonly FaceText[];
}

const faceText = ({ who, how, hands, score }: SeenFace): FaceText => ({
  who: toText(who),
  how: toText(how),
  hands: toText(hands),
  score,
});
const faceOf = ({ who, how, hands, score }: FaceText): SeenFace => ({
  who: fromText(who),
  how: fromText(how),
  hands: fromText(hands),
  score,
});
const textOf = ({ clip, parts, known, found }: Look): LookText => ({
  clip: toText(clip),
  parts: toText(parts),
  known: known.map(faceText),
  ...(found ? { found: found.map(faceText) } : {}),
});
const lookOf = ({ clip, parts, known, found }: LookText): Look => ({
  clip: fromText(clip),
  parts: fromText(parts),
  known: known.map(faceOf),
  ...(found ? { found: found.map(faceOf) } : {}),
});
