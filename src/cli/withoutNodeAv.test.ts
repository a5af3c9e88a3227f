import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readVideo, videoBackend } from '../media/index.ts';
import { builtForTests } from '../testing/buildOnce.ts';
import { type TinyFilm, tinyFilm } from '../testing/tinyFilm.ts';

/** A module hook that makes `node-av` look as if it was not installed. */
const hook = `export async function resolve(name, context, next) {
  if (name === 'node-av') throw new Error("Cannot find package 'node-av'");
  return next(name, context);
}`;
const hiding = `import { register } from 'node:module'; register(${JSON.stringify(`data:text/javascript,${encodeURIComponent(hook)}`)});`;

/** Runs the built program where `node-av` is missing and `ffmpeg` is the given program. */
async function moviedreamer(ffmpeg: string, ...args: string[]): Promise<{ code: number; err: string }> {
  const child = spawn(process.execPath, [join(builtForTests(), 'cli/main.js'), ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      ...process.env,
      FFMPEG: ffmpeg,
      NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(hiding)}`,
    },
  });
  let err = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  const [code] = (await once(child, 'close')) as [number];
  return { code, err };
}

const program = await videoBackend('ffmpeg').then(
  () => process.env.FFMPEG || 'ffmpeg',
  (error: Error) => {
    console.warn(`films by the program ffmpeg alone are not tested, since ${error.message}`);
    return undefined;
  },
);

describe('moviedreamer generate without node-av', () => {
  let film: TinyFilm;
  beforeAll(async () => {
    film = await tinyFilm(
      `shots:\n${['0.001', '0.7', '0.0834'].map((s) => `  - { plot: The sea., seconds: ${s} }\n`).join('')}`,
    );
  });
  afterAll(() => film.remove());

  it('says before the work what to install when ffmpeg is missing too', async () => {
    const out = join(film.folder, 'none');
    const nowhere = join(film.folder, 'no-ffmpeg');
    const { code, err } = await moviedreamer(nowhere, 'generate', film.script, '--out', out, ...film.models);
    expect(code).toBe(1);
    expect(err).toMatch(
      /FFmpeg: .*there is none that works \(node-av: .*; ffmpeg: .*no-ffmpeg does not run.*\); install the package: npm install node-av, or the program: apt install ffmpeg/,
    );
    expect(err).not.toMatch(/\n\s+at /);
    expect(existsSync(out)).toBe(false);
  });

  it.runIf(program)('makes a film of constant rate from shots of no whole milliseconds', async () => {
    const out = join(film.folder, 'out');
    const { code, err } = await moviedreamer(program!, 'generate', film.script, '--out', out, ...film.models);
    expect({ code, err }).toMatchObject({ code: 0 });
    const times: number[] = [];
    for await (const { time } of readVideo(join(out, 'movie.mp4'))) times.push((time.num * 12) / time.den);
    expect(times).toEqual(Array.from({ length: 10 }, (_, i) => i));
  });
});
