import { join } from 'node:path';
import type { Encoders } from '../evaluation/index.ts';
import { cachedJson } from '../files/index.ts';
import { frameCount, framesNeeded, resampleFrames } from '../film/index.ts';
import { type Box, cropFaces, generationConfig, type ModelLoader } from '../inference/index.ts';
import { type Image, readImage } from '../media/index.ts';
import { cosineSimilarity, greyOf, mean, meanAbsoluteLaplacian } from '../metrics/index.ts';
import { framesPerSecond, Stage } from '../theatre/index.ts';
import { keyOf } from './cache.ts';
import type { TestEpisode } from './episodes.ts';
import { needed } from './look.ts';
import type { PartEvent } from './settings.ts';

/** What is left at a clip's end of what its first frame shows, and how much moves. Ratios; 1 is as much. */
export interface ClipQuality {
  /**
   * Cosine of a face in the last frame to its person's portrait over that of the same face in the first, the mean over
   * faces; both at the place where the keyframe has the face. Undefined where nobody is seen.
   */
  readonly identity: number | undefined;
  /** Mean absolute Laplacian of the last frame's grey levels over the first's. */
  readonly detail: number;
  /** Mean absolute difference of neighbouring frames, in levels of 255. */
  readonly change: number;
}

/** Clips made from true keyframes, and the true clips. */
export interface ClipQualities {
  readonly made: ClipQuality;
  readonly truth: ClipQuality;
}

/** A shot of the theatre's own. */
export interface ClipShot {
  readonly episode: TestEpisode;
  /** From 0. */
  readonly shot: number;
}

/** Moves the true keyframes of `shots` for `seconds`, at the film's rate, and draws the same clips. */
export async function* measureClipQuality(
  models: ModelLoader,
  encoders: Encoders,
  cache: string,
  job: {
    readonly key: string;
    readonly shots: readonly ClipShot[];
    readonly seconds: number;
    readonly seed: number;
  },
): AsyncGenerator<PartEvent, ClipQualities, void> {
  const prints = await Promise.all((['animator', 'vae', 'clip'] as const).map((n) => models.fingerprint(n)));
  const settings = await generationConfig(models.preset, 'animator');
  const scheduler = await models.animatorScheduler();
  const seen = encoders.face?.identity.fingerprint;
  const { key, shots, seconds, seed } = job;
  const folder = join(
    cache,
    `clip-quality-${keyOf(key, shots.length, seconds, seed, prints, settings, scheduler, seen)}`,
  );
  const anchor = await models.anchorEncoder();
  const codec = await models.animatorCodec();
  const animator = await models.animator(codec, anchor.embed);
  const all: ClipQualities[] = [];
  try {
    for (const [i, { episode, shot }] of shots.entries()) {
      const value = await cachedJson(
        join(folder, `${i}.json`),
        'moviedreamer-clip-qualities-1',
        async (): Promise<ClipQualities> => {
          const keyframe = await readImage(episode.shots[shot]?.picture as string);
          const count = frameCount(seconds, settings.movieFps);
          const needs = framesNeeded(count, settings.movieFps, animator.settings.fps);
          const segments = Math.ceil((needs - 1) / (animator.settings.frames - 1));
          const frames = animator.animate(keyframe, {
            ...{ segments, seed, path: ['clip', i], anchor: settings.anchor },
          });
          const made = resampleFrames(frames, {
            count,
            fps: settings.movieFps,
            sourceFps: animator.settings.fps,
            between: settings.between,
          });
          const stage = await Stage.create(keyframe);
          const every = framesPerSecond / settings.movieFps;
          const truth = stage.drawClip(episode.episode, shot, count, { every });
          const people = await peopleOf(episode, shot, encoders);
          return {
            made: await qualityOf(made, people, encoders),
            truth: await qualityOf(truth, people, encoders),
          };
        },
      );
      all.push(value);
      yield { type: 'part', part: 'quality of clips', done: i + 1, total: shots.length };
    }
  } finally {
    for (const model of [animator, codec, anchor]) await model.release();
  }
  return { made: average(all.map((q) => q.made)), truth: average(all.map((q) => q.truth)) };
}

/** Where a keyframe has a face, and the portrait's embedding. */
interface Face {
  readonly box: Box;
  readonly portrait: Float32Array;
}

async function peopleOf(episode: TestEpisode, shot: number, encoders: Encoders): Promise<Face[]> {
  const { face } = needed(encoders);
  const people: Face[] = [];
  for (const { id, box } of episode.shots[shot]?.people ?? []) {
    const path = episode.script.characters.find((c) => c.id === id)?.face as string;
    people.push({ box, portrait: await face.encode([await readImage(path)]) });
  }
  return people;
}

async function qualityOf(
  frames: AsyncIterable<Image>,
  people: readonly Face[],
  encoders: Encoders,
): Promise<ClipQuality> {
  let first: Image | undefined;
  let last: Image | undefined;
  const changes: number[] = [];
  for await (const frame of frames) {
    if (last) changes.push(opticalChange(last, frame));
    first ??= frame;
    last = frame;
  }
  if (!first || !last) throw new RangeError('measureClipQuality: a clip without frames');
  const { face } = needed(encoders);
  const likeness = async (image: Image): Promise<number[]> => {
    const own: number[] = [];
    for (const { box, portrait } of people)
      own.push(cosineSimilarity(await face.encode(cropFaces(image, [{ box, score: 1 }])), portrait));
    return own;
  };
  const [before, after] = [await likeness(first), await likeness(last)];
  return {
    identity: people.length > 0 ? (mean(after) as number) / (mean(before) as number) : undefined,
    detail: detailOf(last) / detailOf(first),
    change: mean(changes) ?? 0,
  };
}

const detailOf = (image: Image): number => meanAbsoluteLaplacian(greyOf(image));

/** Mean absolute difference of two pictures of one size, in levels of 255. */
export function opticalChange(a: Image, b: Image): number {
  if (a.width !== b.width || a.height !== b.height)
    throw new RangeError(
      `opticalChange: pictures of one size are compared, got ${a.width}x${a.height} and ${b.width}x${b.height}`,
    );
  let total = 0;
  for (let i = 0; i < a.data.length; i++) total += Math.abs((a.data[i] as number) - (b.data[i] as number));
  return total / a.data.length;
}

function average(all: readonly ClipQuality[]): ClipQuality {
  return {
    identity: mean(all.flatMap(({ identity }) => identity ?? [])),
    detail: mean(all.map(({ detail }) => detail)) ?? 0,
    change: mean(all.map(({ change }) => change)) ?? 0,
  };
}

/** Shots in which somebody is seen, from all episodes in turn: the first of each, then the second. */
export function pickClipShots(episodes: readonly TestEpisode[], count: number): ClipShot[] {
  const longest = Math.max(0, ...episodes.map(({ shots }) => shots.length));
  const order = Array.from({ length: longest }, (_, shot) =>
    episodes.flatMap((episode) => (episode.shots[shot]?.people.length ? [{ episode, shot }] : [])),
  );
  return order.flat().slice(0, count);
}
