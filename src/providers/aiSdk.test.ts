import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeMockModels } from '../testing/mockAiSdk.ts';
import { cli, type TinyFilm, tinyFilm } from '../testing/tinyFilm.ts';

let film: TinyFilm;
let module: string;
beforeAll(async () => {
  film = await tinyFilm();
  module = await writeMockModels(film.folder);
});
afterAll(() => film.remove());

const generate = async (choices: string, ...more: string[]) => {
  await writeFile(join(film.folder, 'models.yaml'), choices);
  const models = ['--models', join(film.folder, 'models.yaml'), '--out', join(film.folder, 'out')];
  return cli('generate', film.script, ...models, ...film.models, '--json', ...more);
};

it('makes a film by models of the AI SDK, and tells what they could not honour', async () => {
  const made = await generate(
    `keyframes: { module: ${module}, export: pictures, references: 2, parallel: 2 }\nclips: { module: ./models.mjs, export: films, poll: 0.01 }`,
  );
  expect(made.err).toBe('');
  expect(made.code).toBe(0);
  const orders = await readFile(join(film.folder, 'orders.txt'), 'utf8');
  expect(orders.trim().split('\n')).toHaveLength(6);
  const notices = made.events.filter(({ type }) => type === 'notice').map(({ message }) => message);
  expect(notices).toContain('shot 1: the model says: unsupported, fps, always 8');
  expect(notices).toContain('shot 3: the model says: other, no files');
  expect(notices.filter((notice) => String(notice).includes('no files'))).toHaveLength(1);
});

it.each([
  [
    'keyframes: { module: ./models.mjs, export: nothing }',
    'its export "nothing" is missing; it has films, pictures',
  ],
  ['keyframes: { module: ./none.mjs, export: a }', 'cannot be loaded'],
])('%s is refused', async (choices, words) => {
  const failed = await generate(choices);
  expect(failed.code).toBe(1);
  expect(failed.err).toContain(words);
});
