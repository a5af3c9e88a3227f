import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { explainDiskError, OutputError } from '../files/index.ts';
import { type CliResult, cli, type TinyFilm, tinyFilm, tinyScript } from '../testing/tinyFilm.ts';

describe('bad input to moviedreamer generate', () => {
  let film: TinyFilm;
  let out: string;
  beforeAll(async () => {
    film = await tinyFilm();
    out = join(film.folder, 'out');
  });
  afterAll(() => film.remove());

  const generate = (...args: string[]): Promise<CliResult> =>
    cli('generate', film.script, '--out', out, ...film.models, ...args);

  /** Runs a script that cannot be used: one clear message with file and line, status 1, nothing made. */
  async function refused(script: string | Uint8Array, line: number, message: RegExp): Promise<void> {
    await writeFile(film.script, script);
    const result = await generate();
    expect(result.code).toBe(1);
    expect(result.err).toContain(`${film.script}:${line}:`);
    expect(result.err).toMatch(message);
    expect(result.err).not.toMatch(/\n\s+at /);
    expect(result.out).toBe('');
    expect(existsSync(out)).toBe(false);
    await writeFile(film.script, tinyScript);
  }
  const edit = (from: string, to: string): string => tinyScript.replace(from, to);

  it('broken YAML', () =>
    refused(edit('{ face: tom.png,', '{ face: tom.png, ]'), 4, /this is not valid YAML: .*; .*quotes/));
  it('an unknown key', () =>
    refused(edit('plot: The sea', 'plott: The sea'), 8, /unknown key "plott".*did you mean "plot"\?/));
  it('an undeclared character', () =>
    refused(edit('[tom]', '[tim]'), 7, /"tim", whom the script does not declare; did you mean "tom"\?/));
  it('six characters in a shot', () =>
    refused(edit('[tom]', '[tom, a, b, c, d, e]'), 7, /6 characters; a frame holds 5; leave some out/));
  it('no shots', () =>
    refused('title: Nothing\nshots: []\n', 2, /the script has no shots; write at least one/));
  it('an empty file', () => refused('', 1, /the script is empty; write at least one shot/));
  it('negative seconds', () =>
    refused(edit('seconds: 1.5', 'seconds: -1.5'), 7, /seconds is -1.5, but must be more than 0/));
  it('infinite seconds', () => refused(edit('seconds: 1.5', 'seconds: .inf'), 7, /seconds/));
  it('seconds that are no number', () =>
    refused(edit('seconds: 1.5', 'seconds: .nan'), 7, /seconds must be a number/));
  it('a missing portrait', () =>
    refused(edit('tom.png', 'tim.png'), 4, /portrait of tom, .*tim\.png, .*there is no such file/));
  it('an alias bomb', () => {
    const level = (n: number): string => `l${n}: &l${n} [${new Array(9).fill(`*l${n - 1}`).join(', ')}]\n`;
    return refused(
      `l0: &l0 [a, a]\n${Array.from({ length: 30 }, (_, i) => level(i + 1)).join('')}`,
      6,
      /aliases \("\*name"\) of the script unfold to more than 100000 values; write the texts out/,
    );
  });

  it('a truncated portrait', async () => {
    const portrait = await readFile(join(film.folder, 'mara.png'));
    await writeFile(join(film.folder, 'mara.png'), portrait.subarray(0, portrait.length - 20));
    await refused(tinyScript, 3, /portrait of mara, .*damaged or cut short PNG.*; copy or save it again/);
    await writeFile(join(film.folder, 'mara.png'), 'just text');
    await refused(
      tinyScript,
      3,
      /portrait of mara, .*is not a PNG, JPEG, WebP, AVIF or GIF picture; save it again/,
    );
    await writeFile(join(film.folder, 'mara.png'), portrait);
  });

  it('a script of 100 MB', async () => {
    await writeFile(film.script, tinyScript);
    await truncate(film.script, 100 * 2 ** 20);
    const result = await generate();
    expect(result.err).toMatch(/has 100\.0 MB, a script at most 4\.0 MB; split the film/);
    expect([result.code, existsSync(out)]).toEqual([1, false]);
    await writeFile(film.script, tinyScript);
  });

  it('a script that is not there, or a folder', async () => {
    const missing = await cli('generate', join(film.folder, 'none.yaml'), '--out', out);
    expect([missing.code, missing.err]).toEqual([
      1,
      expect.stringContaining('there is no such file; check the path'),
    ]);
    const folder = await cli('generate', film.folder, '--out', out);
    expect([folder.code, folder.err]).toEqual([
      1,
      expect.stringContaining('is a folder; give the path of the script'),
    ]);
  });

  it.each([
    [['--seed', '-1'], /--seed .*whole number from 0 to 9007199254740991/],
    [['--seed', '9007199254740992'], /--seed .*whole number/],
    [['--seed', '1.5'], /--seed .*whole number/],
    [['--seed', 'seven'], /--seed .*whole number/],
    [['--shots', '4'], /shots: the script has the shots 1 to 3, there is no shot 4/],
    [['--shots', '0'], /--shots .*numbers from 1, ranges and ids of shots, such as 3,7-9,2a/],
    [['--shots', '3-1'], /--shots .*ranges/],
    [['--shots', ''], /--shots/],
    [['--reroll', '9'], /reroll: the script has the shots 1 to 3/],
    [['--steps', '-1'], /--steps .*whole number from 0/],
    [['--steps', '0'], /0 steps paint the draft of the U-Net.*got no draft_channels; take at least 1 step/],
    [['--guidance', 'NaN'], /--guidance .*number from 0/],
    [['--stage', 'film'], /--stage .*Allowed choices are tokens, keyframes, clips/],
    [['--sampler', 'magic'], /--sampler .*ddim, euler, dpm\+\+/],
    [['--device', 'abacus'], /--device .*cpu/],
    [['--sead', '7'], /unknown option '--sead'\n.*--seed/],
    [['--preset', 'nowhere'], /preset 'nowhere': no folder/],
    [['--weights', '/nowhere'], /no weights for clip, face, autoregressor.*\/nowhere; train them.*--weights/],
  ] as const)('%j', async (args, message) => {
    const result = await generate(...args);
    expect(result.err).toMatch(message);
    expect(result.err).not.toMatch(/\n\s+at /);
    expect([result.code, result.out, existsSync(out)]).toEqual([1, '', false]);
  });

  it('damaged weights', async () => {
    const weights = join(film.folder, 'weights/unet/model.safetensors');
    const bytes = await readFile(weights);
    await writeFile(weights, bytes.subarray(0, bytes.length / 2));
    const result = await generate();
    expect(result.err).toContain(weights);
    expect([result.code, existsSync(out)]).toEqual([1, false]);
    await writeFile(weights, bytes);
  });

  it('an output folder that is a file, or holds what no run.json explains', async () => {
    await writeFile(out, 'a file');
    const file = await generate();
    expect([file.code, file.err]).toEqual([1, expect.stringContaining('is a file; give a folder')]);
    await rm(out);
    await mkdir(out);
    await writeFile(join(out, 'movie.mp4'), 'somebody else’s');
    const taken = await generate();
    expect([taken.code, taken.err]).toEqual([
      1,
      expect.stringMatching(/has a movie\.mp4, but no run\.json.*--force/),
    ]);
    await rm(out, { recursive: true });
  });

  it('a run.json that is damaged', async () => {
    await mkdir(out);
    await writeFile(join(out, 'run.json'), '{"format": "moviedr');
    const damaged = await generate();
    expect([damaged.code, damaged.err]).toEqual([
      1,
      expect.stringMatching(/run\.json is damaged.*--force begins the film anew/),
    ]);
    await rm(out, { recursive: true });
  });

  it('errors as JSON, too', async () => {
    const result = await generate('--json', '--shots', '9');
    expect(result.events).toEqual([expect.objectContaining({ type: 'error', name: 'RunError' })]);
  });

  it('a full disk', async (context) => {
    await mkdir(out);
    if (!mounts(out, '64k')) {
      await rm(out, { recursive: true });
      context.skip(); // needs the right to mount
    }
    try {
      // 40 kB of somebody else's leave room for the tokens, not for the film
      await writeFile(join(out, 'ballast'), new Uint8Array(40_000));
      const full = await generate('--seed', '7');
      expect([full.code, full.err]).toEqual([
        1,
        expect.stringMatching(/the disk of .*out is full; .*free some space/),
      ]);
      await rm(join(out, 'ballast'));
      execFileSync('mount', ['-o', 'remount,size=4m', out]);
      const after = await generate();
      expect([after.code, after.err]).toEqual([0, expect.stringMatching(/movie {6}joined/)]);
    } finally {
      execFileSync('umount', ['--lazy', out]);
      await rm(out, { recursive: true });
    }
  });

  it('a full disk, in whatever words', async () => {
    const full = Object.assign(new Error('write failed'), { code: 'ENOSPC' });
    expect(await explainDiskError(full, film.folder)).toBeInstanceOf(OutputError);
    expect(await explainDiskError(new Error('vips: No space left on device'), film.folder)).toBeInstanceOf(
      OutputError,
    );
    const other = new Error('something else');
    expect(await explainDiskError(other, film.folder)).toBe(other);
  });
});

/** Puts a small disk of its own at a folder, where this process may. */
function mounts(folder: string, size: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
