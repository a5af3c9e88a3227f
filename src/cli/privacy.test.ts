import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { spawnCli } from '../testing/spawnCli.ts';
import { tinyFilm } from '../testing/tinyFilm.ts';

/** Runs with a fresh home folder, and without the variables by which libraries know a build machine and keep quiet. */
async function inFreshHome(home: string, args: readonly string[]): Promise<string[]> {
  await mkdir(home);
  const env = { PATH: process.env.PATH, HOME: home, USERPROFILE: home };
  const { code, err } = await spawnCli(args, undefined, env).ended;
  expect(err).not.toMatch(/error/i);
  expect(code).toBe(0);
  return readdir(home, { recursive: true });
}

it('a process that makes a whole film writes nothing into the home folder', async () => {
  const film = await tinyFilm();
  const args = ['generate', film.script, '--out', join(film.folder, 'out'), ...film.models];
  expect(await inFreshHome(join(film.folder, 'home'), args)).toEqual([]);
  await film.remove();
});
