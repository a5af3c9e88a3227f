import { concatVideos } from '../../media/index.ts';
import { hashFile } from '../../presets/index.ts';
import type { DreamEvent } from '../events.ts';
import { type FilmRun, jobsOf, keepReused, settled } from './filmRun.ts';

/** Joins all clips to the film. Without one of them, an earlier film stays as it is. */
export async function* movieStage(run: FilmRun): AsyncGenerator<DreamEvent, void, void> {
  const { folder } = run;
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
  const clips = shots.map((shot) => shot.clip?.sha256);
  for (const planned of jobsOf(run, 'movie')) {
    const job = settled(run, planned, { clips });
    await keepReused(run, [job]);
    const reused = job.status === 'reuse';
    yield { type: 'stage', stage: 'movie', todo: reused ? 0 : 1, shots: shots.length };
    if (!reused) {
      await concatVideos(
        shots.map((_, i) => folder.clip(i)),
        folder.movie,
      );
      await folder.finish(job);
    }
    yield { type: 'movie', path: folder.movie, reused };
  }
}

/** "3, 7, 8 and 12 more". */
function listOf(numbers: readonly number[]): string {
  const shown = numbers.slice(0, 5).join(', ');
  return numbers.length > 5 ? `${shown} and ${numbers.length - 5} more` : shown;
}
