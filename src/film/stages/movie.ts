import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryPath } from '../../files/index.ts';
import { concatVideos, type Mp4Track, readMp4Track, trimVideo } from '../../media/index.ts';
import { hashFile } from '../../presets/index.ts';
import { piecesOf } from '../cut.ts';
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
      await joinPieces(run);
      await folder.finish(job);
    }
    yield { type: 'movie', path: folder.movie, reused };
  }
}

/** Joins what the cut shows; stretches of clips lie beside the film until it is whole. */
async function joinPieces({ script, folder }: FilmRun): Promise<void> {
  const { movie } = folder;
  const clips = script.shots.map((_, i) => folder.clip(i));
  if (!script.cut) return concatVideos(clips, movie);
  const tracks = await Promise.all(clips.map((clip) => readMp4Track(clip)));
  const [{ timescale, frameTicks }] = tracks as [Mp4Track];
  const frames = tracks.map((track) => track.frames);
  const trimmed = new Map<string, string>();
  try {
    const paths: string[] = [];
    for (const { shot, ...stretch } of piecesOf(script, frames, timescale / frameTicks)) {
      const [clip, isWhole] = [clips[shot] as string, stretch.frames === frames[shot]];
      const key = JSON.stringify([shot, stretch]);
      const path = isWhole ? clip : (trimmed.get(key) ?? temporaryPath(join(folder.path, 'piece.mp4')));
      if (!isWhole && !trimmed.has(key)) {
        trimmed.set(key, path);
        await trimVideo(clip, stretch, path);
      }
      paths.push(path);
    }
    await concatVideos(paths, movie);
  } finally {
    await Promise.all([...trimmed.values()].map((path) => rm(path, { force: true })));
  }
}

/** "3, 7, 8 and 12 more". */
function listOf(numbers: readonly number[]): string {
  const shown = numbers.slice(0, 5).join(', ');
  return numbers.length > 5 ? `${shown} and ${numbers.length - 5} more` : shown;
}
