import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { writeMov } from './movFile.ts';
import { greyFilm } from './samples.ts';

/** Runs the program ffmpeg. */
export async function ffmpeg(...args: string[]): Promise<void> {
  await promisify(execFile)(process.env.FFMPEG || 'ffmpeg', ['-v', 'error', '-nostdin', '-y', ...args]);
}

/** Encodes five grey frames of 64 x 48, or what is filtered from them, with the program. */
export async function encode(path: string, ...options: string[]): Promise<void> {
  const source = `${path}.source.mov`;
  await writeMov(source, greyFilm(64, 48));
  await ffmpeg('-i', source, ...options, path);
}

export const lossless: readonly string[] = ['-c:v', 'libx264', '-qp', '0', '-pix_fmt', 'yuv420p'];
