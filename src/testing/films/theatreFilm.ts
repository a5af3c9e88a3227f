import { concatVideos, VideoWriter } from '../../media/index.ts';
import { generateEpisode, Stage } from '../../theatre/index.ts';

/** A shot of a theatre film for tests. */
export interface DrawnShot {
  /** Number of the shot in the episode that it is drawn from. */
  readonly shot: number;
  /** Frames, 12 a second. */
  readonly frames: number;
}

/**
 * Writes some shots of a theatre episode of the test split as a film with cuts. Returns who is in each, from left to right.
 *
 * @param height of the frames; the width is 7/4 of it. 256 is what the theatre preset was trained on.
 */
export async function writeTheatreFilm(
  path: string,
  shots: readonly DrawnShot[],
  { seed = 0, height = 256 }: { readonly seed?: number; readonly height?: number } = {},
): Promise<string[][]> {
  const size = { width: (height * 7) / 4, height };
  const stage = await Stage.create(size);
  const episode = generateEpisode(seed, 0, 'test', { shots: 24 });
  const clips: string[] = [];
  for (const [i, { shot, frames }] of shots.entries()) {
    const clip = `${path}.${i}.mp4`;
    const writer = await VideoWriter.create(clip, size);
    for await (const frame of stage.drawClip(episode, shot, frames)) await writer.write(frame);
    await writer.close();
    clips.push(clip);
  }
  await concatVideos(clips, path);
  return shots.map(({ shot }) => episode.shots[shot]?.characters.map(({ id }) => id) ?? []);
}
