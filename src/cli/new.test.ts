import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cli } from '../testing/tinyFilm.ts';

let folder: string;
const below = (name: string): string => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'moviedreamer-'));
});
afterAll(() => rm(folder, { recursive: true }));

it('makes a folder whose script can be made as it is', async () => {
  const { code, out } = await cli('new', below('film'));
  expect([code, out]).toEqual([
    0,
    expect.stringContaining(`npx moviedreamer generate ${below('film/script.yaml')}`),
  ]);
  expect((await readdir(below('film'))).sort()).toEqual(['mara.png', 'script.yaml', 'tom.png']);
  const checked = await cli('check', below('film/script.yaml'), '--strict');
  expect(checked.code, checked.out + checked.err).toBe(0);
});

it.each(['film', 'file'])('leaves what is there alone: %s', async (name) => {
  await writeFile(below('file'), '');
  const { code, err } = await cli('new', below(name));
  expect([code, err]).toEqual([
    1,
    expect.stringMatching(/has files already, such as mara\.png|is no folder \(ENOTDIR\)/),
  ]);
});
