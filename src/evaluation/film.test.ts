import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readScript } from '../film/index.ts';
import { type RunState, runFormat } from '../film/run/state.ts';
import { newImage, writePng } from '../media/index.ts';
import { scriptKey } from '../script/index.ts';
import { EvaluationError } from './evaluationError.ts';
import { type FilmSource, readFilm } from './film.ts';
import { numberedPictures } from './numberedPictures.ts';

const text = `title: Two rooms
characters: { ann: { face: ann.png, description: A woman. } }
shots:
  - { characters: [ann], plot: Ann sits. }
  - { plot: Rain. }
  - { characters: [ann], plot: Ann stands. }
`;

let folder: string;
let script: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'film-'));
  script = join(folder, 'script.yaml');
  await writeFile(script, text);
  await writePng(join(folder, 'ann.png'), newImage(8, 8));
});
afterEach(() => rm(folder, { recursive: true }));

/** Empty files at these paths: pixels are not looked at here. */
async function touch(...paths: string[]): Promise<void> {
  for (const path of paths) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), '');
  }
}
const at = (path: string): string => join(folder, path);
async function refusal(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (e: Error) => e,
  );
  expect(error).toBeInstanceOf(EvaluationError);
  return (error as Error).message;
}

describe('numbered pictures', () => {
  it.each([
    ['a folder of pictures', 'p', ['p/01.png', 'p/02.jpg', 'p/3.jpeg'], 'p'],
    [
      'four digits, and other files beside',
      'p',
      ['p/0001.png', 'p/0002.png', 'p/0003.webp', 'p/sheet.png'],
      'p',
    ],
    [
      'ViStoryBench as a whole',
      'v',
      ['v/shots/07/00.png', 'v/shots/07/01.png', 'v/shots/07/02.png'],
      'v/shots/07',
    ],
    ['its shots', 'v/shots', ['v/shots/07/01.png', 'v/shots/07/02.png', 'v/shots/07/03.png'], 'v/shots/07'],
    [
      'a story of it',
      'v/shots/07',
      ['v/shots/07/1.png', 'v/shots/07/2.png', 'v/shots/07/3.png'],
      'v/shots/07',
    ],
    ["ViStoryBench's results", 's/07', ['s/07/shot_01.png', 's/07/shot_02.png', 's/07/shot_03.png'], 's/07'],
    ['other spellings of them', 's', ['s/Shot 1.jpg', 's/shot-02.png', 's/SHOT3.webp'], 's'],
    [
      'a theatre episode',
      'e',
      ['e/ann.png', 'e/keyframes/0001.png', 'e/keyframes/0002.png', 'e/keyframes/0003.png'],
      'e/keyframes',
    ],
  ])('are found in %s', async (_, path, files, expected) => {
    await touch(...files);
    const { folder: found, byShot } = await numberedPictures(at(path), '--frames');
    expect(found).toBe(at(expected));
    expect([...byShot.keys()].sort()).toEqual([0, 1, 2]);
    expect([...byShot].sort(([a], [b]) => a - b).map(([, file]) => file)).toEqual(
      files.filter((f) => /\/(shot[ _-]?)?\d+\.\w+$/i.test(f)).map(at),
    );
  });

  it('are of one story, each of its own number', async () => {
    await touch('v/shots/a/01.png', 'v/shots/b/01.png', 'double/1.png', 'double/01.jpg', 'none/a.png');
    expect(await refusal(numberedPictures(at('v'), '--frames'))).toMatch(
      /--frames .*holds 2 stories \(a, b\), and one script tells one; give the folder of its story, such as .*shots\/a$/,
    );
    expect(await refusal(numberedPictures(at('double'), '--frames'))).toMatch(
      /01\.jpg and 1\.png are both picture 1; remove one/,
    );
    expect(await refusal(numberedPictures(at('none'), '--truth'))).toMatch(
      /--truth .*found no pictures named by their shot, such as 01\.png/,
    );
    expect(await refusal(numberedPictures(at('nowhere'), '--truth'))).toMatch(
      /--truth .*nowhere: there is no such folder; check the path/,
    );
    expect(await refusal(numberedPictures(script, '--frames'))).toMatch(/is a file; give the folder/);
  });
});

describe('readFilm', () => {
  it('puts pictures and true ones beside the shots', async () => {
    await touch('p/1.png', 'p/2.png', 'p/3.png', 't/00.jpg', 't/01.jpg', 't/02.jpg');
    const film = await readFilm({ frames: at('p'), script, truth: at('t') });
    expect(film.frames).toEqual([
      { shot: 0, picture: at('p/1.png'), truth: at('t/00.jpg') },
      { shot: 1, picture: at('p/2.png'), truth: at('t/01.jpg') },
      { shot: 2, picture: at('p/3.png'), truth: at('t/02.jpg') },
    ]);
    expect([film.folder, film.without, film.made]).toEqual([at('p'), [], undefined]);
  });

  it('names the shots without a picture, and refuses pictures without a shot', async () => {
    await touch(
      'few/02.png',
      'many/1.png',
      'many/2.png',
      'many/3.png',
      'many/4.png',
      'all/1.png',
      'all/2.png',
      'all/3.png',
    );
    expect(await refusal(readFilm({ frames: at('few'), script }))).toMatch(
      /--frames .*few: shots 1, 3 of 3 have no picture; add them/,
    );
    expect(await refusal(readFilm({ frames: at('many'), script }))).toMatch(
      /--frames .*many: the script .*script\.yaml has 3 shots, and there are pictures for 4, such as 4\.png; give the script/,
    );
    expect(await refusal(readFilm({ frames: at('all'), script, truth: at('few') }))).toMatch(
      /--truth .*few: shots 1, 3 of 3 have no picture/,
    );
  });

  describe('of a run folder', () => {
    /** A run folder whose shots (from 0) `done` have keyframes. */
    async function run(done: readonly number[], storyboard: boolean): Promise<string> {
      const own = { file: script, key: scriptKey(await readScript(script)) };
      const state: RunState = {
        ...{
          format: runFormat,
          versions: {},
          script: own,
          preset: 'tiny',
          weights: {},
          seed: 4,
          settings: {},
        },
        shots: [0, 1, 2].map((i) => ({
          id: `${i + 1}`,
          take: 0,
          settings: {},
          ...(done.includes(i) ? { keyframe: { key: 'k', sha256: 's' } } : {}),
        })),
      };
      await touch('run/x', ...done.map((i) => `run/keyframes/000${i + 1}.png`));
      if (storyboard) await touch('run/storyboard.html');
      await writeFile(at('run/run.json'), JSON.stringify(state));
      return at('run');
    }
    const film = (path: string, more: Partial<FilmSource> = {}) =>
      readFilm({ run: path, ...more } as FilmSource);

    it('takes its script and its keyframes', async () => {
      const { script: own, ...rest } = await film(await run([0, 1, 2], true));
      expect(own.title).toBe('Two rooms');
      expect(rest).toEqual({
        folder: at('run'),
        frames: [0, 1, 2].map((shot) => ({ shot, picture: at(`run/keyframes/000${shot + 1}.png`) })),
        without: [],
        made: { preset: 'tiny', seed: 4 },
      });
    });

    it('made with --shots evaluates those, but not one that was stopped', async () => {
      const part = await film(await run([0, 2], true));
      expect([part.frames.map((f) => f.shot), part.without]).toEqual([[0, 2], [2]]);
      await rm(at('run'), { recursive: true });
      expect(await refusal(film(await run([0], false)))).toMatch(
        /the film .*run: shots 2, 3 of 3 have no picture; let generate finish it/,
      );
      await rm(at('run'), { recursive: true });
      expect(await refusal(film(await run([], true)))).toMatch(/shots 1, 2, 3 of 3 have no picture/);
    });

    it('misses a keyframe that was there', async () => {
      const path = await run([0, 1, 2], true);
      await rm(join(path, 'keyframes/0002.png'));
      expect(await refusal(film(path))).toMatch(/shot 2 of 3 has no picture; generate makes them again/);
    });

    it('needs the script that it was made from', async () => {
      const path = await run([0, 1, 2], true);
      await writeFile(script, text.replace('Rain.', 'Snow.'));
      expect(await refusal(film(path))).toMatch(
        /script\.yaml, was changed after the film was made; .*--script FILE/,
      );
      expect((await film(path, { script })).script.shots[1]?.plot).toEqual(['Snow.']);
      await writeFile(script, `${text}  - { plot: The end. }\n`);
      expect(await refusal(film(path, { script }))).toMatch(
        /the film has 3 shots, the script .* 4; give the script/,
      );
      await rm(script);
      expect(await refusal(film(path))).toMatch(/is not there any more; give it with --script FILE/);
    });

    it('is told from other folders', async () => {
      await expect(film(at('nowhere'))).rejects.toThrow(/there is no folder .*nowhere; check the path/);
      expect(await refusal(film(folder))).toMatch(/has no run\.json.*--frames FOLDER --script FILE/);
      await touch('run/run.json');
      await expect(film(at('run'))).rejects.toThrow(/run\.json is damaged.*generate --force/);
    });
  });
});
