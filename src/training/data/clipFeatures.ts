import { float16ToFloat32 } from '../../checkpoints/index.ts';
import {
  EpisodeArtist,
  type EpisodeRecord,
  FrameRows,
  type FrameSet,
  frameImage,
  framesByRow,
  framesPerSecond,
} from '../../corpus/index.ts';
import { concatRows, sizeOf } from '../../graph/index.ts';
import { ModelLoader } from '../../inference/index.ts';
import { toTensor } from '../../media/index.ts';
import { Random } from '../../random/index.ts';
import type { StageContext } from '../stage.ts';
import { featureFile, featureRows, latentsKey, modelsKey } from './features.ts';

/** A part of a shot's clip. */
export interface ClipRecord {
  readonly episode: EpisodeRecord;
  readonly shot: number;
  /** Row of the shot's keyframe in the frame set. */
  readonly row: number;
  /** Frame of the clip at which the part begins, at the theatre's 12 frames a second. */
  readonly first: number;
}

/** Parts of many clips as standardised latents on disk, and their keyframes' embeddings. */
export interface ClipSet {
  readonly clips: readonly ClipRecord[];
  /** Frames that are kept of a part: every `every`-th of the 12 a second. */
  readonly frames: number;
  readonly every: number;
  /** Shape of a frame's latents. */
  readonly latent: readonly [c: number, h: number, w: number];
  /** `count` kept frames of part `clip`, every `stride`-th of them from `from` on: [count, c, h, w]. */
  window(clip: number, from: number, count: number, stride: number): Promise<Float32Array>;
  /** CLIP embeddings of the keyframes of parts, as `generate` conditions on them: [clips.length, width]. */
  embeddings(clips: readonly number[]): Float32Array;
  /** Standardised latents of the keyframes of parts, where they were asked for: [clips.length, c, h, w]. */
  keyframes(clips: readonly number[]): Float32Array;
}

export interface ClipChoice {
  /** Parts of clips. */
  readonly count: number;
  /** Frames of a part, `every` apart at 12 a second. */
  readonly frames: number;
  readonly every: number;
  /** Whether `keyframes` is needed. Default false. */
  readonly withKeyframes?: boolean;
}

/**
 * Draws parts of `count` clips of a set, `frames` frames that lie `every` apart, encodes them at once (pictures are
 * never stored) and embeds their keyframes, and where asked encodes these, too. Every other part begins with its keyframe, the others anywhere in the shot.
 */
export async function clipFeatures(
  context: StageContext,
  set: FrameSet,
  { count, frames, every, withKeyframes = false }: ClipChoice,
): Promise<ClipSet> {
  const clips = chooseClips(set, count, (frames - 1) * every + 1);
  const { width, height, split } = set.options;
  const models = new ModelLoader(context.preset, context.host);
  const codec = await models.imageCodec();
  const latent = codec.latentShape(width, height);
  const artist = await EpisodeArtist.create({ width, height });
  const path = await featureFile({
    folder: set.folder,
    signal: context.signal,
    name: `clips-${clips.length}x${frames}x${every}`,
    key: await latentsKey(models),
    shape: [frames, ...latent],
    count: clips.length,
    chunk: 1,
    compute: async (i) => {
      const { episode, shot, first } = clips[i] as ClipRecord;
      const parts: Float32Array[] = [];
      for await (const frame of artist.clip(episode, shot, frames, { first, every }))
        parts.push(await codec.encode(toTensor(frame).data as Float32Array, 1, width, height));
      return concatRows(parts);
    },
    onProgress: (done, total) => {
      if (done % 25 === 0 || done === total) context.say(`drawing ${split} clips ${done}/${total}`);
    },
  }).finally(() => codec.release());

  const encoder = await models.imageEncoder();
  const embeddings = await featureRows({
    folder: set.folder,
    signal: context.signal,
    name: `clip-embeddings-${clips.length}x${frames}x${every}`,
    key: await modelsKey(models, 'clip'),
    shape: [encoder.dim],
    count: clips.length,
    chunk: 32,
    compute: async (from, to) =>
      (await encoder.encode(await Promise.all(clips.slice(from, to).map((c) => frameImage(set, c.row)))))
        .embeds,
  }).finally(() => encoder.release());

  const keyframes = withKeyframes
    ? await keyframeLatents(context, set, clips, `clip-keyframes-${clips.length}x${frames}x${every}`)
    : undefined;
  const rows = await FrameRows.open(path, [frames, sizeOf(latent), 2]);
  const bytes = 2 * sizeOf(latent);
  return {
    clips,
    frames,
    every,
    latent,
    window: async (clip, from, length, stride) => {
      const data = await rows.read(clip, from * bytes, ((length - 1) * stride + 1) * bytes);
      const values = float16ToFloat32(new Uint16Array(data.buffer));
      return concatRows(
        Array.from({ length }, (_, i) => {
          const start = i * stride * sizeOf(latent);
          return values.subarray(start, start + sizeOf(latent));
        }),
      );
    },
    embeddings: (list) => embeddings.batch(list),
    keyframes: (list) => {
      if (!keyframes) throw new TypeError('clipFeatures: keyframes were not asked for');
      return keyframes.batch(list);
    },
  };
}

async function keyframeLatents(
  context: StageContext,
  set: FrameSet,
  clips: readonly ClipRecord[],
  name: string,
): ReturnType<typeof featureRows> {
  const { width, height } = set.options;
  const models = new ModelLoader(context.preset, context.host);
  const codec = await models.imageCodec();
  return featureRows({
    ...{ folder: set.folder, signal: context.signal, name, count: clips.length, chunk: 1 },
    key: await latentsKey(models),
    shape: codec.latentShape(width, height),
    compute: async (i) =>
      codec.encode(
        toTensor(await frameImage(set, (clips[i] as ClipRecord).row)).data as Float32Array,
        ...([1, width, height] as const),
      ),
  }).finally(() => codec.release());
}

/** `count` shots of a set (all, where there are fewer), long enough for `frames` at 12 a second; a larger count begins with a smaller one's. */
function chooseClips(set: FrameSet, count: number, frames: number): ClipRecord[] {
  const byRow = framesByRow(set);
  const random = Random.of(set.options.seed, 'clips', set.options.split);
  const list: ClipRecord[] = [];
  for (const row of random.shuffle(byRow.map((_, i) => i))) {
    const { episode, frame } = byRow[row] as (typeof byRow)[number];
    const seconds = episode.episode.shots[frame.shot]?.seconds ?? 0;
    const spare = Math.round(seconds * framesPerSecond) - frames;
    const first = random.int(Math.max(0, spare) + 1);
    if (spare < 0) continue;
    list.push({ episode, shot: frame.shot, row, first: list.length % 2 === 0 ? 0 : first });
    if (list.length === count) break;
  }
  if (list.length > 0) return list;
  throw new RangeError(`no shot of the ${set.options.split} episodes has clips of ${frames} frames`);
}
