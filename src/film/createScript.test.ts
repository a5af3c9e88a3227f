import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newImage, writePng } from '../media/index.ts';
import { type ScriptObject, scriptKey } from '../script/index.ts';
import { filesOf, type TinyFilm, tinyFilm } from '../testing/tinyFilm.ts';
import { createScript } from './createScript.ts';
import { MovieDreamer } from './movieDreamer.ts';
import { readScript } from './readScript.ts';

let film: TinyFilm;
let object: ScriptObject;
beforeAll(async () => {
  film = await tinyFilm();
  await writePng(join(film.folder, 'style.png'), newImage(40, 40, [9, 9, 9]));
  object = {
    title: 'The lighthouse',
    characters: {
      mara: {
        face: await readFile(join(film.folder, 'mara.png')),
        description: 'A woman with long red hair and a blue hoodie.',
      },
      tom: { face: 'tom.png', description: 'A bald man. He limps.' },
    },
    shots: [
      {
        characters: { mara: 'smiling', tom: 'surprised' },
        elements: ['Snowy forest', 'Night'],
        plot: 'Mara shows Tom the light.',
        seconds: 0.5,
      },
      { characters: ['tom'], elements: ['Close-up'], plot: 'Tom runs. He falls.', seconds: 1.5 },
      { plot: 'The sea at night.', seconds: 0.25 },
    ],
  };
});
afterAll(() => film.remove());

describe('a script made in memory', () => {
  it('is the script of a file with the same content', async () => {
    const made = await createScript(object, { folder: film.folder });
    const read = await readScript(film.script);
    expect(made.shots).toEqual(read.shots);
    expect(made.file).toBe('The lighthouse');
    expect(scriptKey(made)).toBe(scriptKey(read));
  });

  it('makes the same film to the byte, with pictures as bytes and as paths', async () => {
    const [, preset = '', , weights = ''] = film.models;
    const style = join(film.folder, 'style.png');
    const dreamer = await MovieDreamer.load(preset, { weights, threads: 1 });
    const scripts = {
      bytes: await createScript({ ...object, references: [await readFile(style)] }, { folder: film.folder }),
      paths: await createScript({ ...object, references: [style] }, { folder: film.folder }),
    };
    for (const [name, script] of Object.entries(scripts))
      for await (const _ of dreamer.dream(script, { out: join(film.folder, name), seed: 7 }));
    await dreamer.close();
    const { 'run.json': runOfBytes, ...bytes } = await filesOf(join(film.folder, 'bytes'));
    const { 'run.json': runOfPaths, ...paths } = await filesOf(join(film.folder, 'paths'));
    expect(Object.keys(bytes)).toContain('movie.mp4');
    expect(bytes).toEqual(paths);
    expect(runOfBytes).toBe(runOfPaths); // it names the script as `createScript` did
  });

  it('goes on in its folder when it is changed, and does not take over another film’s', async () => {
    const [, preset = '', , weights = ''] = film.models;
    const dreamer = await MovieDreamer.load(preset, { weights, threads: 1 });
    const options = { out: join(film.folder, 'changed'), seed: 7, stage: 'tokens' as const };
    const make = async (changes: Partial<ScriptObject>, name?: string): Promise<void> => {
      const script = await createScript(
        { ...object, ...changes },
        { folder: film.folder, ...(name ? { name } : {}) },
      );
      for await (const _ of dreamer.dream(script, options));
    };
    await make({});
    await make({ shots: object.shots.slice(0, 2) });
    await expect(make({ title: 'Another' })).rejects.toThrow(
      /holds the film of another script, The lighthouse;/,
    );
    await make({ title: 'Another' }, 'The lighthouse');
    await dreamer.close();
  });

  it.each<[string, unknown, RegExp]>([
    ['nothing', undefined, /^script: the script is empty; write at least one shot/],
    ['no shots', { shots: [] }, /^script: the script has no shots;/],
    [
      'a wrong key',
      { title: 'Sea', shots: [{ plot: 'a', second: 3 }] },
      /^Sea: unknown key "second" in shot 1; did you mean "seconds"\?$/,
    ],
    [
      'a stranger',
      { shots: [{ plot: 'a', characters: ['eve'] }] },
      /^script: shot 1 names the character "eve"/,
    ],
    [
      'a forbidden name',
      { characters: { constructor: { face: 'a.png', description: 'b' } }, shots: [{ plot: 'a' }] },
      /^script: "constructor" cannot be the name of a character;/,
    ],
    [
      'bytes that are no picture',
      { characters: { eve: { face: Uint8Array.of(1, 2), description: 'b' } }, shots: [{ plot: 'a' }] },
      /^script: the portrait of eve, given as bytes, is not a .* picture/,
    ],
    [
      'a picture that is not there',
      { references: ['none.png'], shots: [{ plot: 'a' }] },
      /^script: reference 1, .*none\.png, cannot be opened; there is no such file/,
    ],
    [
      'a number for a picture',
      { references: [7], shots: [{ plot: 'a' }] },
      /^script: reference 1 must be text, got the number 7;/,
    ],
  ])('of %s is refused as a file would be', async (_, script, message) => {
    const error = await createScript(script as ScriptObject).catch((e: unknown) => e);
    expect(error).toMatchObject({
      name: 'ScriptError',
      line: 0,
      column: 0,
      message: expect.stringMatching(message),
    });
  });

  it('names the file’s folder nowhere', async () => {
    const made = await createScript(object, { folder: film.folder });
    expect(made.characters.find((c) => c.id === 'tom')?.face).toBe(join(film.folder, 'tom.png'));
    expect(made.characters.find((c) => c.id === 'mara')?.face).toMatch(/^picture:[0-9a-f]{64}$/);
    expect(dirname(made.file)).toBe('.');
  });
});
