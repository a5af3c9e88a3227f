import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readCachedJson, writeCachedJson } from '../../files/index.ts';
import { concatVideos, VideoWriter } from '../../media/index.ts';
import { framesPerSecond, generateEpisode, Stage, theatreVersion } from '../../theatre/index.ts';
import { keyOf } from '../cache.ts';
import type { FrameSize, PartEvent } from '../settings.ts';

/** A film of the theatre with all that is true of it. */
export interface TrueFilm {
  readonly path: string;
  /** The folder that the episode was drawn into, with script.yaml. */
  readonly folder: string;
  /** First frames of shots but the first, in seconds. */
  readonly cuts: readonly number[];
  /** Who is in each shot. */
  readonly people: readonly (readonly string[])[];
}

export interface FilmChoice extends FrameSize {
  readonly seed: number;
  readonly episodes: number;
  readonly shots: number;
}

/** Draws episodes of the test split with their clips below `cache`, and joins each episode's to a film; or takes those there. */
export async function* drawFilms(
  cache: string,
  choice: FilmChoice,
): AsyncGenerator<PartEvent, TrueFilm[], void> {
  const { seed, episodes: total, shots, width, height } = choice;
  const part = 'true films';
  const films: TrueFilm[] = [];
  for (let index = 0; index < total; index++) {
    yield { type: 'part', part, done: index, total };
    const folder = join(cache, `footage-${keyOf(theatreVersion, { ...choice, episodes: 0 })}`, String(index));
    films.push(await drawFilm(folder, { seed, index, shots, width, height }));
  }
  yield { type: 'part', part, done: total, total };
  return films;
}

const format = 'moviedreamer-footage-film-1';

async function drawFilm(
  folder: string,
  { seed, index, shots, ...size }: FrameSize & { seed: number; index: number; shots: number },
): Promise<TrueFilm> {
  const episode = generateEpisode(seed, index, 'test', { shots });
  const path = join(folder, `episode ${index}.mp4`);
  const done = join(folder, 'film.json');
  const lengths = episode.shots.map(({ seconds }) => Math.round(seconds * framesPerSecond));
  const known = await readCachedJson<boolean>(done, format);
  if (!known || !existsSync(path)) {
    const stage = await Stage.create(size);
    const clips: string[] = [];
    for (const [shot, count] of lengths.entries()) {
      const clip = join(folder, 'clips', `${String(shot + 1).padStart(4, '0')}.mp4`);
      const writer = await VideoWriter.create(clip, { ...size, fps: framesPerSecond });
      for await (const frame of stage.drawClip(episode, shot, count)) await writer.write(frame);
      await writer.close();
      clips.push(clip);
    }
    await concatVideos(clips, path);
    await writeCachedJson(done, format, true);
  }
  const ends = lengths.map((_, i) => lengths.slice(0, i + 1).reduce((a, b) => a + b, 0) / framesPerSecond);
  return {
    ...{ path, folder, cuts: ends.slice(0, -1) },
    people: episode.shots.map(({ characters }) => characters.map(({ id }) => id)),
  };
}
