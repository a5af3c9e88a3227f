import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { coverImage, newImage, readImage, writePng } from '../media/index.ts';
import { cli, madeIn, type TinyFilm, tinyFilm, tinyScript } from '../testing/tinyFilm.ts';

const withPicture = (file: string): string =>
  tinyScript.replace('seconds: 1.5 }', `seconds: 0.5, keyframe: ${file} }`);

describe('a keyframe of one’s own', () => {
  let film: TinyFilm;
  let first: Awaited<ReturnType<typeof cli>>;
  const out = (): string => join(film.folder, 'film');
  const generate = (...more: string[]) =>
    cli('generate', film.script, '--out', out(), '--seed', '7', '--json', ...film.models, ...more);
  const keyframe = (shot: number) => readImage(join(out(), `keyframes/000${shot}.png`));
  const made = async (...more: string[]): Promise<string[]> => madeIn(await generate(...more));

  beforeAll(async () => {
    film = await tinyFilm();
    await writePng(join(film.folder, 'mine.png'), newImage(90, 200, [10, 200, 30]));
    await generate();
    await writeFile(film.script, withPicture('mine.png'));
    first = await generate();
  });
  afterAll(() => film.remove());

  it('is cut to the film’s size, and later shots follow its tokens', async () => {
    expect(first.code, first.err).toBe(0);
    const { width, height, data } = await keyframe(2);
    expect(data).toEqual(coverImage(newImage(90, 200, [10, 200, 30]), width, height).data);
    expect(madeIn(first)).toEqual([
      ...['tokens 2', 'tokens 3', 'keyframe 2', 'keyframe 3', 'clip 2', 'clip 3', 'movie'],
    ]);
    expect(await made()).toEqual([]);
  });

  it('is made again with all that follows when the bytes of its file change', async () => {
    const before = await readFile(join(out(), 'keyframes/0003.png'));
    await writePng(join(film.folder, 'mine.png'), newImage(90, 200, [200, 20, 30]));
    const dry = await generate('--dry-run');
    expect(dry.events.find(({ id }) => id === 'keyframe:2')).toMatchObject({ reason: 'another picture' });
    expect(await made()).toContain('keyframe 2');
    expect(await readFile(join(out(), 'keyframes/0003.png'))).not.toEqual(before);
    expect((await keyframe(2)).data.slice(0, 3)).toEqual(Uint8Array.of(200, 20, 30));
  });

  it.each(['--reroll', '--choose'])('is replaced by nothing: %s', async (option) => {
    const { code, err } = await cli(
      ...['generate', film.script, '--out', out(), ...film.models, option],
      option === '--choose' ? '2=1' : '2',
    );
    expect([code, err]).toEqual([1, expect.stringMatching(/shot 2 has a picture of its own, .*mine\.png/)]);
  });

  it.each([
    ['none.png', /script\.yaml:\d+:\d+: the keyframe of shot 2, .*none\.png, /],
    ['script.yaml', /the keyframe of shot 2, .*script\.yaml, /],
  ])('is named where it cannot be read: %s', async (file, message) => {
    await writeFile(film.script, withPicture(file));
    const { code, err } = await cli('check', film.script);
    expect([code, err]).toEqual([1, expect.stringMatching(message)]);
  });
});
