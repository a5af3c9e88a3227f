import { keyOf } from '../../files/index.ts';
import { concatVideos, type Storyboard, writeStoryboard } from '../../media/index.ts';
import { hashFile } from '../../presets/index.ts';
import { engineKey } from '../engineKey.ts';
import type { DreamEvent } from '../events.ts';
import type { Run } from '../run/run.ts';
import { fallbackTitle } from '../run/runFolder.ts';

/** Joins all clips to the film. Without one of them, an earlier film stays as it is. */
export async function* movieStage(run: Run): AsyncGenerator<DreamEvent, void, void> {
  const { folder, script } = run;
  const { shots } = folder.state;
  const missing: number[] = [];
  for (const [i, { clip }] of shots.entries()) {
    if (!clip || (await hashFile(folder.clip(i))) !== clip.sha256) missing.push(i + 1);
  }
  if (missing.length > 0) {
    const message = `no movie.mp4 yet: shots ${listOf(missing)} have no clips; run without --shots to make them`;
    yield { type: 'notice', message };
    return;
  }
  const key = keyOf(
    engineKey,
    shots.map((shot) => shot.clip?.sha256),
  );
  const reused = await folder.isDone(folder.movie, key, folder.state.movie);
  yield { type: 'stage', stage: 'movie', todo: reused ? 0 : 1, shots: shots.length };
  if (!reused) {
    await concatVideos(
      script.shots.map((_, i) => folder.clip(i)),
      folder.movie,
    );
    folder.state.movie = { key, sha256: (await hashFile(folder.movie)) ?? '' };
    await folder.save();
  }
  yield { type: 'movie', path: folder.movie, reused };
}

/** Writes the script beside whatever pictures and clips there are. */
export async function writeRunStoryboard({ folder, script }: Run): Promise<void> {
  const { state } = folder;
  const board: Storyboard = {
    title: script.title ?? fallbackTitle(script),
    characters: script.characters.map(({ id, description }) => ({ id, description })),
    shots: script.shots.map((shot, i) => ({
      number: i + 1,
      ...shot,
      image: state.shots[i]?.keyframe ? folder.keyframe(i) : undefined,
      clip: state.shots[i]?.clip ? folder.clip(i) : undefined,
    })),
    movie: state.movie ? folder.movie : undefined,
  };
  await writeStoryboard(folder.storyboard, board);
}

/** "3, 7, 8 and 12 more". */
function listOf(numbers: readonly number[]): string {
  const shown = numbers.slice(0, 5).join(', ');
  return numbers.length > 5 ? `${shown} and ${numbers.length - 5} more` : shown;
}
