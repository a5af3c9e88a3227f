import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isTemporary } from '../files/index.ts';
import { newImage, writePng } from '../media/index.ts';
import { builtForTests } from '../testing/buildOnce.ts';
import { spawnCli } from '../testing/spawnCli.ts';
import { type TinyFilm, tinyFilm } from '../testing/tinyFilm.ts';

const main = join(builtForTests(), 'cli/main.js');
const toy = '--episodes 1 --shots 2 --people 4 --probe-frames 2 --long-shots 4 --clips 1 --segments 2'.split(
  ' ',
);

/** Every long command; the event, or the progress line, at which it is stopped. */
const commands: readonly (readonly [name: string, args: readonly string[], at: RegExp])[] = [
  ['generate', ['generate', 'SCRIPT', 'MODELS', '--json'], /"keyframe"/],
  ['evaluate', ['evaluate', '--frames', 'FRAMES', '--script', 'SCRIPT', 'MODELS', '--json'], /"film"/],
  ['benchmark', ['benchmark', 'theatre', ...toy, '--cache', 'CACHE', 'MODELS', '--json'], /"part"/],
  ['train', ['train', 'vae', '--cache', 'CACHE', '--steps', '500', 'TRAINED', '--json'], /"step":3/],
  ['theatre', ['theatre', '--episodes', '50', '--shots', '2', '--width', '112', '--height', '64'], /0\/50/],
];

describe('a command that is stopped', () => {
  let film: TinyFilm;
  const below = (...path: string[]): string => join(film.folder, ...path);

  beforeAll(async () => {
    film = await tinyFilm();
    for (const name of ['01.png', '02.png', '03.png'])
      await writePng(below('frames', name), newImage(56, 32, [1, 2, 3]));
    const size = { width: 112, height: 64, steps: 1 };
    await writeFile(below('tiny/renderer/generation_config.json'), JSON.stringify(size));
  });
  afterAll(() => film.remove());

  const argsOf = (args: readonly string[], out: string): string[] => {
    const places: Record<string, readonly string[]> = {
      SCRIPT: [film.script],
      FRAMES: [below('frames')],
      CACHE: [below('cache')],
      MODELS: film.models,
      TRAINED: ['--preset', below('tiny'), '--weights', below('trained'), '--threads', '1'],
    };
    return [...args.flatMap((arg) => places[arg] ?? [arg]), '--out', out];
  };

  /** What lies below a folder and should not: files in the making, and claims. */
  async function remains(folder: string): Promise<string[]> {
    const names = await readdir(folder, { recursive: true }).catch(() => []);
    return names.filter((path) => isTemporary(path.split('/').at(-1) as string) || path.endsWith('.pid'));
  }

  it.each(commands)('by Ctrl-C: %s ends with 130, a word, and nothing half-made', async (name, args, at) => {
    const out = below(`stopped-${name}`);
    const lines: string[] = [];
    let isStopped = false; // a second Ctrl-C ends a command at once
    const stopAt = (text: string): void => {
      if (isStopped || !at.test(text)) return;
      isStopped = true;
      child.kill('SIGINT');
    };
    const { child, ended } = spawnCli(argsOf(args, out), (line) => {
      lines.push(line);
      stopAt(line);
    });
    child.stderr?.on('data', (text: Buffer) => {
      if (!args.includes('--json')) stopAt(String(text));
    });
    const { code, signal, err } = await ended;
    expect([code, signal]).toEqual([130, null]);
    expect(err).toMatch(/stopping[\s\S]*stopped; the same command (goes on from here|begins anew)/);
    expect(err).not.toMatch(/DEBUG|\n\s+at /);
    if (args.includes('--json'))
      expect(JSON.parse(lines.at(-1) as string)).toMatchObject({
        type: 'error',
        name: 'StoppedError',
        code: 'STOPPED',
      });
    expect([await remains(out), await remains(below('cache'))]).toEqual([[], []]);
  });

  it.each(commands.filter(([name]) => name === 'generate' || name === 'train'))(
    'by a reader that goes: %s ends quietly, with 141 and nothing half-made',
    async (name, args) => {
      const out = below(`unread-${name}`);
      const quoted = argsOf(args, out).map((arg) => `'${arg}'`);
      const command = `'${process.execPath}' '${main}' ${quoted.join(' ')} | head -1 >/dev/null; echo "\${PIPESTATUS[0]}"`;
      const said = execFileSync('bash', ['-c', `{ ${command}; } 2>&1`], { encoding: 'utf8' });
      expect(said).toBe('141\n');
      expect([await remains(out), await remains(below('cache'))]).toEqual([[], []]);
      expect(existsSync(join(out, 'movie.mp4'))).toBe(false);
    },
  );

  it.runIf(existsSync('/dev/full'))('by a full disk behind its output', () => {
    const command = `'${process.execPath}' '${main}' models --json >/dev/full; echo "$?"`;
    expect(execFileSync('bash', ['-c', `{ ${command}; } 2>&1`], { encoding: 'utf8' })).toBe(
      'what is printed cannot be written: the disk is full\n1\n',
    );
  });

  it('by a reader that goes: a short one', () => {
    const command = `'${process.execPath}' '${main}' models --json | true; echo "\${PIPESTATUS[0]}"`;
    expect(execFileSync('bash', ['-c', `{ ${command}; } 2>&1`], { encoding: 'utf8' })).toBe('141\n');
  });
});
