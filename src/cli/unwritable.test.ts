import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkOutputFile, explainDiskError, OutputError } from '../files/index.ts';
import { newImage, writePng } from '../media/index.ts';
import { cli, type TinyFilm, tinyFilm } from '../testing/tinyFilm.ts';

/** Every command that writes, with all but its --out. */
const commands = [
  ['generate', 'SCRIPT'],
  ['evaluate', '--frames', 'FRAMES', '--script', 'SCRIPT'],
  ['benchmark', 'theatre', '--cache', 'CACHE'],
  ['benchmark', 'footage', '--cache', 'CACHE'],
  ['footage', 'nowhere.mp4'],
  ['ablate', '--cache', 'CACHE'],
  ['train', 'vae', '--cache', 'CACHE', '--weights', 'CACHE'],
  ['theatre', '--no-clips'],
  ['models', 'pull', 'vae', '--preset', 'paper'],
  ['models', 'synth', '--preset', 'paper', '--only', 'compressor'],
  ['models', 'convert', 'nowhere.pt'],
  ['models', 'merge', '--base', 'nowhere', '--adapter', 'nowhere'],
];

describe('an output that cannot be written is said before the work', () => {
  let film: TinyFilm;
  let readOnly: string;
  let isMounted = false;
  const names = ['01.png', '02.png', '03.png'];

  const at = (...path: string[]): string => join(film.folder, ...path);

  beforeAll(async () => {
    film = await tinyFilm();
    await writeFile(at('taken'), 'a file');
    await mkdir(at('frames'));
    for (const name of names) await writePng(at('frames', name), newImage(8, 8, [1, 2, 3]));
    await symlink(at('gone'), at('link'));
    readOnly = at('disk');
    await mkdir(readOnly);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', readOnly], { stdio: 'ignore' });
      isMounted = true;
      for (const name of names) await writePng(join(readOnly, name), newImage(8, 8, [1, 2, 3]));
      execFileSync('mount', ['-o', 'remount,ro', readOnly]);
    } catch {
      console.warn('unwritable.test.ts: may not mount here: a read-only disk is not tested');
    }
  });
  afterAll(async () => {
    if (isMounted) execFileSync('umount', ['--lazy', readOnly]);
    await film.remove();
  });

  /** Runs a command with an --out: status 1, and one line, which is returned. */
  async function refusal(command: readonly string[], out: string): Promise<string> {
    const places: Record<string, string> = { SCRIPT: film.script, FRAMES: at('frames'), CACHE: at('cache') };
    const args = command.map((arg) => places[arg] ?? arg);
    const isFile = command[1] === 'convert';
    const result = await cli(...args, '--out', isFile ? join(out, 'a.safetensors') : out);
    expect([result.code, result.out]).toEqual([1, '']);
    expect(result.err).not.toMatch(/DEBUG|\n/);
    return result.err;
  }

  describe.each(commands)('%s %s', (...command) => {
    it('in the place of a file', async () => {
      expect(await refusal(command, at('taken'))).toMatch(/--out .*taken is a file; give a folder$/);
    });
    it('below a file', async () => {
      expect(await refusal(command, at('taken/below/it'))).toMatch(
        /--out .*taken\/below\/it lies below a file, .*taken; give a folder$/,
      );
    });
    it('with a name that is too long', async () => {
      expect(await refusal(command, at('a'.repeat(300)))).toMatch(
        /--out .* cannot be made: a name in its path is too long for the disk; give another folder$/,
      );
    });
    it('behind a link that leads nowhere', async () => {
      expect(await refusal(command, at('link'))).toMatch(/cannot be made: a link on its path leads nowhere/);
    });
    it('on a read-only disk', async (context) => {
      if (!isMounted) return context.skip();
      expect(await refusal(command, join(readOnly, 'new/film'))).toMatch(
        /--out .*new\/film cannot be made: the disk is read-only; give another folder$/,
      );
      expect(await refusal(command, readOnly)).toMatch(
        /--out .*disk cannot be written into: the disk is read-only; give another folder$/,
      );
    });
  });

  it('leaves nothing behind', async () => {
    expect((await readdir(film.folder)).sort()).toEqual(
      ['disk', 'frames', 'link', 'mara.png', 'script.yaml', 'taken', 'tiny', 'tom.png', 'weights'].sort(),
    );
  });

  it('pictures on a read-only disk, without --out', async (context) => {
    if (!isMounted) return context.skip();
    const result = await cli('evaluate', '--frames', readOnly, '--script', film.script);
    expect(result.err).toMatch(
      /^evaluate: .*disk cannot be written into: the disk is read-only; give another folder with --out$/,
    );
    expect([result.code, result.out]).toEqual([1, '']);
  });

  it.each(['--cache', '--weights'])('train: %s', async (option) => {
    const result = await cli(
      'train',
      'vae',
      '--out',
      at('runs'),
      '--cache',
      at('c'),
      '--weights',
      at('w'),
      option,
      at('taken'),
    );
    expect([result.code, result.err]).toEqual([1, `${option} ${at('taken')} is a file; give a folder`]);
    expect(existsSync(at('runs'))).toBe(false);
  });

  it('a folder where a file is to go', async () => {
    await expect(checkOutputFile(at('frames'))).rejects.toThrow(
      /frames is a folder; give the name of a file/,
    );
  });
});

describe('what the disk says in the middle of the work', () => {
  it.each([
    [
      'EROFS',
      /^\/a\/b\/c\.png cannot be written: the disk is read-only; everything that was finished is kept/,
    ],
    ['EACCES', /writing there is not permitted/],
    ['EIO', /the disk reports an error/],
    ['ENOSPC', /the disk of \/a\/b is full; everything that was finished is kept: free some space/],
    ['EDQUOT', /the disk of \/a\/b is full/],
  ])('%s', async (code, message) => {
    const error = Object.assign(new Error(`${code}: open`), { code, path: '/a/b/c.png' });
    const explained = await explainDiskError(error, '/a/b');
    expect(explained).toBeInstanceOf(OutputError);
    expect((explained as OutputError).message).toMatch(message);
    expect((explained as OutputError).cause).toBe(error);
  });

  it('about another folder is left as it is', async () => {
    const error = Object.assign(new Error('EACCES: open'), { code: 'EACCES', path: '/a/bc/d' });
    expect(await explainDiskError(error, '/a/b')).toBe(error);
  });
});
