import { f32, rowsOf } from '../graph/index.ts';
import { type Box, cropFaces, findFaces } from '../inference/index.ts';
import { type Image, imageAt, readImage } from '../media/index.ts';
import type { InceptionV3Variant } from '../models/inceptionV3/index.ts';
import { frameSentences } from '../script/index.ts';
import type { Encoders } from './encoderTypes.ts';
import type { Film, FilmFrame } from './film.ts';
import type { InceptionSight } from './inception.ts';

/** A face that was found in a picture. */
export interface ObservedFace {
  readonly box: Box;
  /** How sure the detector is, 0 .. 1. */
  readonly score: number;
  /** Of unit length; undefined without a face encoder. */
  readonly embedding?: Float32Array;
}

/** What the encoders see in a picture. */
export interface ObservedPicture {
  readonly width: number;
  readonly height: number;
  /** CLIP embedding, of unit length. */
  readonly image?: Float32Array;
  /** Undefined without a detector. */
  readonly faces?: readonly ObservedFace[];
  readonly aesthetic?: number;
  readonly inception?: InceptionSight;
}

/** A shot's picture beside what its script says. */
export interface ObservedShot extends FilmFrame {
  readonly seen: ObservedPicture;
  /** The true picture. */
  readonly seenTruth?: ObservedPicture;
  /** Who should be there. */
  readonly characters: readonly string[];
  readonly sentences: readonly string[];
  /** CLIP embeddings of the sentences, of unit length. */
  readonly texts?: readonly Float32Array[];
}

/** All that the metrics are computed from. */
export interface Observations {
  readonly shots: readonly ObservedShot[];
  /** Face embeddings of the portraits of all characters; undefined without a face encoder. */
  readonly portraits?: ReadonlyMap<string, Float32Array>;
  /** Which Inception-v3 looked; undefined without one. */
  readonly inception?: InceptionV3Variant;
}

/** Pictures that are decoded and encoded at a time. */
const CHUNK = 8;

/** Progress of the encoders through the pictures of a film. */
export interface FramesEvent {
  /** Always `frames`. */
  readonly type: 'frames';
  /** Pictures encoded so far. */
  readonly done: number;
  /** Pictures in all. */
  readonly frames: number;
}

/**
 * Runs all available encoders on every picture of a film.
 * @throws {PictureError} when a picture cannot be read.
 */
export async function* observe(
  film: Film,
  encoders: Encoders,
  signal?: AbortSignal,
): AsyncGenerator<FramesEvent, Observations, void> {
  const { script } = film;
  const sentences = film.frames.map(({ shot }) => frameSentences(script.shots[shot]!, script));
  const texts = await encodeTexts(encoders, [...new Set(sentences.flat())]);
  const shots: ObservedShot[] = [];
  for (let from = 0; from < film.frames.length; from += CHUNK) {
    signal?.throwIfAborted();
    const frames = film.frames.slice(from, from + CHUNK);
    const seen = await observePictures(
      frames.map((f) => f.picture),
      encoders,
    );
    const truths = frames.flatMap((f) => f.truth ?? []);
    const seenTruths = await observePictures(truths, encoders);
    for (const [i, frame] of frames.entries()) {
      const own = sentences[from + i] as string[];
      const truth = frame.truth === undefined ? undefined : seenTruths[i];
      shots.push({
        ...frame,
        seen: seen[i] as ObservedPicture,
        ...(truth ? { seenTruth: truth } : {}),
        characters: script.shots[frame.shot]!.characters.map(({ id }) => id),
        sentences: own,
        ...(texts ? { texts: own.map((s) => texts.get(s) as Float32Array) } : {}),
      });
    }
    yield { type: 'frames', done: shots.length, frames: film.frames.length };
  }
  const portraits = await encodePortraits(film, encoders);
  const inception = encoders.inception?.model.config.variant;
  return { shots, ...(portraits ? { portraits } : {}), ...(inception ? { inception } : {}) };
}

async function observePictures(paths: readonly string[], encoders: Encoders): Promise<ObservedPicture[]> {
  if (paths.length === 0) return [];
  const { clip, detector, aesthetic, inception } = encoders;
  const images = await Promise.all(paths.map(readImage));
  const embeds = clip ? (await clip.model.images.encode(images)).embeds : new Float32Array(0);
  const rows = clip ? rowsOf(f32(embeds, [images.length, clip.model.images.dim])) : [];
  const scores = clip && aesthetic ? await aesthetic.model.score(embeds) : undefined;
  const sights = await inception?.model.look(images);
  const pictures: ObservedPicture[] = [];
  for (const [i, image] of images.entries()) {
    pictures.push({
      width: image.width,
      height: image.height,
      ...(clip ? { image: rows[i] as Float32Array } : {}),
      ...(scores ? { aesthetic: scores[i] as number } : {}),
      ...(sights ? { inception: sights[i] as InceptionSight } : {}),
      ...(detector ? { faces: await observeFaces(image, encoders) } : {}),
    });
  }
  return pictures;
}

async function observeFaces(image: Image, { detector, face }: Encoders): Promise<ObservedFace[]> {
  const found = detector ? await findFaces(detector.model, image) : [];
  if (!face || found.length === 0) return found;
  const embeds = rowsOf(
    f32(await face.model.encode(cropFaces(image, found)), [found.length, face.model.dim]),
  );
  return found.map((f, i) => ({ ...f, embedding: embeds[i] as Float32Array }));
}

async function encodeTexts(
  { clip }: Encoders,
  sentences: readonly string[],
): Promise<Map<string, Float32Array> | undefined> {
  if (!clip) return undefined;
  const { sentences: encoder } = clip.model;
  const rows = rowsOf(f32(await encoder.encode(sentences), [sentences.length, encoder.dim]));
  return new Map(sentences.map((s, i) => [s, rows[i] as Float32Array]));
}

async function encodePortraits(
  { script }: Film,
  { face }: Encoders,
): Promise<Map<string, Float32Array> | undefined> {
  if (!face) return undefined;
  const portraits = new Map<string, Float32Array>();
  for (const { id, face: path } of script.characters)
    portraits.set(id, await face.model.encode([await imageAt(path, script.inMemory)]));
  return portraits;
}
