import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunState } from '../film/index.ts';
import { writeTinyDetector } from '../testing/tinyDetector.ts';
import { cli, type TinyFilm, tinyFilm } from '../testing/tinyFilm.ts';

const text = `characters:
  tom: { face: tom.png, description: A bald man. }
shots:
  - { characters: [tom], plot: Tom runs., seconds: 0.5 }
  - { plot: The sea at night., seconds: 0.25 }
`;
const checksIn = ({ events }: { events: Record<string, unknown>[] }) =>
  events.filter(({ type }) => type === 'check').map(({ stage, shot, reused }) => [stage, shot, reused]);

describe('generate', () => {
  let film: TinyFilm;
  const out = (): string => join(film.folder, 'film');
  const generate = () => cli('generate', film.script, '--out', out(), '--json', ...film.models);
  const runJson = async (): Promise<RunState> =>
    JSON.parse(await readFile(join(out(), 'run.json'), 'utf8')) as RunState;
  let movie: Buffer;

  beforeAll(async () => {
    film = await tinyFilm(text);
  });
  afterAll(() => film.remove());

  it('says that a preset without a detector checks nobody', async () => {
    const { code, events } = await generate();
    expect([code, checksIn({ events })]).toEqual([0, []]);
    expect(events.filter(({ type }) => type === 'notice').map(({ message }) => message)).toContainEqual(
      expect.stringMatching(
        /^nobody checks who is in the pictures: preset .* has no face detector.*train detector$/,
      ),
    );
    movie = await readFile(join(out(), 'movie.mp4'));
  });

  it('checks keyframes and clips of a film that has no checks yet, once, and changes nothing of it', async () => {
    const [, preset, , weights] = film.models as [string, string, string, string];
    await writeTinyDetector(preset, weights);
    const first = await generate();
    const both = (reused: boolean) => [
      ...[1, 2].map((shot) => ['keyframes', shot, reused]),
      ...[1, 2].map((shot) => ['clips', shot, reused]),
    ];
    expect(checksIn(first)).toEqual(both(false));
    expect(await readFile(join(out(), 'movie.mp4'))).toEqual(movie);
    const { shots } = await runJson();
    expect(shots[0]?.checks?.keyframe?.pictures.map(({ frame }) => frame)).toEqual([0]);
    const frames = shots[0]?.checks?.clip?.pictures.map(({ frame }) => frame) ?? [];
    expect([frames.length, frames[0], frames[1]]).toEqual([3, 0, Math.floor((frames[2] as number) / 2)]);
    expect(shots[0]?.checks?.keyframe?.of).toBe(shots[0]?.keyframe?.sha256);
    const page = await readFile(join(out(), 'storyboard.html'), 'utf8');
    expect(page.match(/<details class="check">/g)).toHaveLength(2);
    expect(checksIn(await generate())).toEqual(both(true));
  });

  it('checks again where the script has other people', async () => {
    await writeFile(
      film.script,
      text.replace('plot: The sea at night.', 'characters: [tom], plot: The sea at night.'),
    );
    expect(checksIn(await generate()).filter(([, shot]) => shot === 1)).toEqual([
      ['keyframes', 1, true],
      ['clips', 1, true],
    ]);
    const seen = (await runJson()).shots[1]?.checks?.keyframe?.pictures[0];
    // whoever was found, tom now is either there or missed
    const named = seen?.faces.flatMap(({ character, cosine }) => ((cosine ?? -1) >= 0.5 ? [character] : []));
    expect(seen?.missing).toEqual(named?.includes('tom') ? [] : ['tom']);
    expect(seen?.unexpected).toEqual([]);
  });
});
