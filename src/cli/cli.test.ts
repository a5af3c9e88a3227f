import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidArgumentError } from 'commander';
import { describe, expect, it } from 'vitest';
import { readScript } from '../film/index.ts';
import { builtForTests } from '../testing/buildOnce.ts';
import { cli, filesOf, tinyFilm } from '../testing/tinyFilm.ts';
import { duration, ProgressBar } from './progress.ts';
import { integer, number, shotList } from './usage.ts';

describe('the command line', () => {
  it('lists its commands, and helps with each', async () => {
    const help = await cli('--help');
    expect(help.code).toBe(0);
    for (const name of ['generate', 'train', 'theatre']) {
      expect(help.out).toContain(name);
      const own = await cli(name, '--help');
      expect([own.code, own.out]).toEqual([0, expect.stringContaining(`Usage: moviedreamer ${name}`)]);
    }
  });

  it('says its version', async () => {
    expect(await cli('--version')).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+$/) });
  });

  it('says what is there and what is missing', async () => {
    const film = await tinyFilm();
    const whole = await cli('doctor', '--device', 'cpu', ...film.models.slice(0, 4));
    expect(whole.code).toBe(0);
    expect(whole.out).toMatch(
      /cpu +works[\s\S]*autoregressor +0\.\d+ M parameters[\s\S]*everything is there/,
    );
    await rm(join(film.folder, 'weights/unet'), { recursive: true });
    const part = await cli('doctor', '--device', 'cpu', ...film.models.slice(0, 4));
    expect([part.code, part.err]).toEqual([1, 'missing for making films: unet']);
    await film.remove();
  });

  it('guesses what was meant', async () => {
    const result = await cli('genrate', 'script.yaml');
    expect([result.code, result.err]).toEqual([
      1,
      expect.stringMatching(/unknown command 'genrate'[\s\S]*generate/),
    ]);
  });

  it('ends quietly when nobody reads its output any more', () => {
    const main = join(builtForTests(), 'cli/main.js');
    const shell = `"${process.execPath}" "${main}" --help | head -c 1`;
    expect(execFileSync('sh', ['-c', shell], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })).toBe(
      'U',
    );
  });

  it('writes theatre episodes whose scripts can be read', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'moviedreamer-'));
    const args = [
      '--episodes',
      '1',
      '--seed',
      '3',
      '--split',
      'test',
      '--shots',
      '2',
      '--width',
      '112',
      '--height',
      '64',
    ];
    const result = await cli('theatre', '--out', join(folder, 'a'), ...args);
    expect([result.code, result.out]).toEqual([0, join(folder, 'a')]);
    const script = await readScript(join(folder, 'a/0000/script.yaml'));
    expect(script.shots).toHaveLength(2);
    const files = await filesOf(join(folder, 'a'));
    const expected = [
      '0000/clips/0002.mp4',
      '0000/keyframes/0002.png',
      '0000/faces.json',
      'contact-sheet.png',
    ];
    expect(Object.keys(files)).toEqual(expect.arrayContaining(expected));
    const again = await cli('theatre', '--out', join(folder, 'b'), ...args);
    expect([again.code, again.out]).toEqual([0, join(folder, 'b')]);
    const others = await filesOf(join(folder, 'b'));
    expect(Object.keys(others)).toEqual(Object.keys(files));
    expect(Object.keys(files).filter((name) => others[name] !== files[name])).toEqual([]);
    await rm(folder, { recursive: true });
  });
});

describe('arguments', () => {
  it('shot lists', () => {
    expect(shotList('3,7-9')).toEqual([3, 7, 8, 9]);
    expect(shotList('9, 7 - 8,7')).toEqual([7, 8, 9]);
    expect(shotList('pier, 3,2a,Caf\u0065\u0301')).toEqual([3, 'pier', '2a', 'Caf\u00e9']);
    for (const wrong of ['', 'a b', '0', '3-', '-3', '5-4', '1,,2', '1.5', '1-9999999']) {
      expect(() => shotList(wrong), wrong).toThrow(InvalidArgumentError);
    }
  });

  it('whole numbers', () => {
    expect(integer(0)('9007199254740991')).toBe(Number.MAX_SAFE_INTEGER);
    for (const wrong of ['', '-1', '1e3', '0x10', '1.0', ' 1', 'Infinity', '9007199254740992']) {
      expect(() => integer(0)(wrong), wrong).toThrow(InvalidArgumentError);
    }
    expect(() => integer(1, 10)('11')).toThrow(/from 1 to 10/);
  });

  it('numbers', () => {
    expect(number(0)('1.5')).toBe(1.5);
    for (const wrong of ['', ' ', '-1', 'NaN', 'Infinity', 'x'])
      expect(() => number(0)(wrong), wrong).toThrow(InvalidArgumentError);
  });
});

describe('progress', () => {
  it('shows a bar, a count and the time left on a terminal', () => {
    const lines: string[] = [];
    const bar = new ProgressBar(
      { out: () => {}, err: () => {}, status: (line) => lines.push(line) },
      'clips',
      4,
    );
    bar.update(1, 'shot 1');
    expect(lines[0]).toMatch(/^clips {6}█{6}░{18} {2}1\/4 {2}0:00 left {2}shot 1$/);
  });

  it('writes times as people do', () => {
    expect([duration(5), duration(75), duration(3700), duration(Number.NaN)]).toEqual([
      '0:05',
      '1:15',
      '1:01:40',
      '-',
    ]);
  });
});
