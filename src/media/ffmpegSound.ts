import { spawn } from 'node:child_process';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { FfmpegPrograms } from './ffmpegDecoder.ts';
import { ended, fileUrl, quiet, run } from './ffmpegProcess.ts';
import { soundBitRate, soundRate } from './videoBackend.ts';

const raw = ['-f', 's16le', '-ar', `${soundRate}`, '-ac', '2'];

/** The sound of a file through the programs, for `VideoBackend.sound`. */
export async function soundWithFfmpeg(
  { ffmpeg, ffprobe }: FfmpegPrograms,
  path: string,
): Promise<AsyncIterable<Uint8Array> | undefined> {
  const probe = [
    '-loglevel',
    'error',
    '-select_streams',
    'a:0',
    '-show_entries',
    'stream=index',
    '-of',
    'csv=p=0',
  ];
  if ((await run(ffprobe, [...probe, fileUrl(path)])).trim() === '') return undefined;
  return samples(ffmpeg, path);
}

/** Sound that begins later than the file begins with silence. */
async function* samples(ffmpeg: string, path: string): AsyncGenerator<Uint8Array> {
  const args = [...quiet, '-xerror', '-i', fileUrl(path), '-map', '0:a:0', '-af', 'aresample=first_pts=0'];
  const child = spawn(ffmpeg, [...args, ...raw, 'pipe:1'], { stdio: ['ignore', 'pipe', 'pipe'] });
  const finished = ended(child, ffmpeg);
  finished.catch(() => undefined);
  try {
    yield* child.stdout as AsyncIterable<Uint8Array>;
    await finished;
  } finally {
    child.kill('SIGKILL');
  }
}

/** Sound beside the video of a file by the program, for `VideoBackend.addSound`. */
export async function addSoundWithFfmpeg(
  program: string,
  parts: {
    readonly path: string;
    readonly sound: AsyncIterable<Uint8Array>;
    readonly out: string;
    /** Options of the container. */
    readonly container: readonly string[];
  },
): Promise<void> {
  const args = [
    ...[...quiet, '-i', fileUrl(parts.path), ...raw, '-i', 'pipe:0', '-map', '0:v:0', '-map', '1:a:0'],
    ...['-c:v', 'copy', '-c:a', 'aac', '-b:a', `${soundBitRate}`, '-flags:a', '+bitexact', '-threads', '1'],
    ...[...parts.container, parts.out],
  ];
  const child = spawn(program, args, { stdio: ['pipe', 'ignore', 'pipe'] });
  const finished = ended(child, program);
  finished.catch(() => undefined);
  try {
    await pipeline(Readable.from(parts.sound, { objectMode: false }), child.stdin);
  } catch (error) {
    await finished; // a broken pipe: what the program said before it ended tells more
    throw error;
  } finally {
    if (child.exitCode === null && child.stdin.destroyed && !child.stdin.writableFinished)
      child.kill('SIGKILL');
  }
  await finished;
}
