import { copyFile, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunState } from '../film/index.ts';
import { spawnCli } from '../testing/spawnCli.ts';
import { writeTinyDetector } from '../testing/tinyDetector.ts';
import {
  cli,
  copyOf,
  filesOf,
  madeIn as madeOrChecked,
  type TinyFilm,
  tinyFilm,
} from '../testing/tinyFilm.ts';

const madeIn = (result: Parameters<typeof madeOrChecked>[0]): string[] =>
  madeOrChecked(result).filter((made) => !made.startsWith('check'));

/** Pictures of random weights show nobody, or anybody: shots with two people fail. */
describe('generate --takes', () => {
  let film: TinyFilm;
  let plain: string;
  let base: string;
  let made: Awaited<ReturnType<typeof cli>>;
  const args = (out: string, ...more: string[]): string[] => {
    return ['generate', film.script, '--out', out, '--json', '--seed', '7', ...film.models, ...more];
  };
  const state = async (out: string): Promise<RunState> =>
    JSON.parse(await readFile(join(out, 'run.json'), 'utf8')) as RunState;
  const of = (events: readonly Record<string, unknown>[], type: string) =>
    events.filter((event) => event.type === type);

  beforeAll(async () => {
    film = await tinyFilm();
    const [, preset, , weights] = film.models as [string, string, string, string];
    await writeTinyDetector(preset, weights);
    plain = join(film.folder, 'plain');
    base = join(film.folder, 'takes');
    await cli(...args(plain));
    made = await cli(...args(base, '--takes', '3'));
  });
  afterAll(() => film.remove());

  it('makes failing keyframes again, keeps all takes, and changes no other shot', async () => {
    expect(made.code, made.err).toBe(0);
    const failing = of(made.events, 'check')
      .filter(({ stage, passes }) => stage === 'keyframes' && passes === false)
      .map(({ shot }) => shot as number);
    expect(failing.length).toBeGreaterThan(0);
    const names = failing.flatMap((shot) => [1, 2, 3].map((take) => `000${shot}-${take}.png`));
    expect((await readdir(join(base, 'takes'))).sort()).toEqual(names);
    const pictures = await Promise.all(names.map((name) => readFile(join(base, 'takes', name), 'hex')));
    expect(new Set(pictures).size).toBe(names.length);
    expect(of(made.events, 'take')).toHaveLength(2 * failing.length);
    const passing = [1, 2, 3].filter((shot) => !failing.includes(shot));
    for (const shot of passing) {
      const name = `keyframes/000${shot}.png`;
      expect(await readFile(join(base, name))).toEqual(await readFile(join(plain, name)));
    }
    expect(await readFile(join(base, 'takes', names[0] as string))).toEqual(
      await readFile(join(plain, 'keyframes', `000${failing[0]}.png`)),
    );
    const page = await readFile(join(base, 'storyboard.html'), 'utf8');
    expect(page.match(/<summary>3 takes<\/summary>/g)).toHaveLength(failing.length);
    expect(page.match(/<li class="shown">/g)).toHaveLength(failing.length);
  });

  it('goes on with the takes that it shows, and makes none again', async () => {
    const out = await copyOf(base, join(film.folder, 'again'));
    const before = await filesOf(out);
    expect(madeIn(await cli(...args(out)))).toEqual([]);
    expect(of((await cli(...args(out, '--takes', '3'))).events, 'take')).toEqual([]);
    expect(await filesOf(out)).toEqual(before);
  });

  it('shows the take that is chosen, and makes only its clip anew', async () => {
    const out = await copyOf(base, join(film.folder, 'chosen'));
    const shown = (await state(out)).shots[0]?.take as number;
    const other = shown === 2 ? 2 : 3;
    const dry = await cli(...args(out, '--choose', `1=${other}`, '--dry-run'));
    const jobs = of(dry.events, 'job').filter(({ status }) => status !== 'reuse');
    expect(jobs.map(({ id }) => id)).toEqual(['clip:1', 'movie']);
    expect(madeIn(await cli(...args(out, '--choose', `1=${other}`)))).toEqual(['clip 1', 'movie']);
    const take = await readFile(join(out, `takes/0001-${other}.png`));
    expect(await readFile(join(out, 'keyframes/0001.png'))).toEqual(take);
    // no check takes it back
    expect(madeIn(await cli(...args(out, '--takes', '3')))).toEqual([]);
    await cli(...args(out, '--choose', '1=auto'));
    expect((await state(out)).shots[0]?.take).toBe(shown);
    expect(await readFile(join(out, 'movie.mp4'))).toEqual(await readFile(join(base, 'movie.mp4')));
  });

  it('adds a reroll to the takes', async () => {
    const out = await copyOf(base, join(film.folder, 'rerolled'));
    expect(madeIn(await cli(...args(out, '--reroll', '1')))).toEqual([
      'tokens 1',
      'keyframe 1',
      'clip 1',
      'movie',
    ]);
    const { take, takes } = (await state(out)).shots[0] ?? {};
    expect([take, takes?.map((one) => one.take)]).toEqual([3, [0, 1, 2, 3]]);
    expect(madeIn(await cli(...args(out, '--choose', '1=1')))).toEqual(['clip 1', 'movie']);
  });

  it('does without takes whose pictures were deleted, and brings back the one that is shown', async () => {
    const out = await copyOf(base, join(film.folder, 'deleted'));
    const shown = (await state(out)).shots[0]?.take as number;
    const [gone, other] = [1, 2, 3].filter((take) => take !== shown + 1) as [number, number];
    await rm(join(out, `takes/0001-${gone}.png`));
    await rm(join(out, `takes/0001-${shown + 1}.png`));
    await copyFile(join(out, `takes/0001-${other}.png`), join(out, 'takes/mine-1.png'));
    const { code, err } = await cli(...args(out, '--choose', `1=${gone}`).filter((arg) => arg !== '--json'));
    expect([code, err]).toEqual([1, expect.stringContaining(`shot 1 has no take ${gone}; there are`)]);
    expect(madeIn(await cli(...args(out, '--choose', `1=${other}`)))).toEqual(['clip 1', 'movie']);
    const names = await readdir(join(out, 'takes'));
    expect(names).toEqual(expect.arrayContaining(['mine-1.png', `0001-${shown + 1}.png`]));
    expect(madeIn(await cli(...args(out)))).toEqual([]);
    await rm(join(out, `takes/0001-${other}.png`));
    expect(madeIn(await cli(...args(out)))).toEqual([]);
    expect(await readFile(join(out, `takes/0001-${other}.png`))).toEqual(
      await readFile(join(out, 'keyframes/0001.png')),
    );
  });

  it('refuses a take that is of another text', async () => {
    const out = await copyOf(base, join(film.folder, 'edited'));
    const text = await readFile(film.script, 'utf8');
    try {
      await writeFile(film.script, text.replace(/(shots:[\s\S]*?plot: )/, '$1Now '));
      const { code, err } = await cli(...args(out, '--choose', '1=2').filter((arg) => arg !== '--json'));
      expect([code, err]).toEqual([1, expect.stringMatching(/take 2 of shot 1 is of another text/)]);
    } finally {
      await writeFile(film.script, text);
    }
  });

  it('ends as if it had not been killed', async () => {
    const out = join(film.folder, 'killed');
    for (const type of ['take', 'choice']) {
      const { child, ended } = spawnCli(args(out, '--takes', '3'), (line) => {
        if ((JSON.parse(line) as { type: string }).type === type) child.kill('SIGKILL');
      });
      expect((await ended).signal).toBe('SIGKILL');
    }
    expect((await cli(...args(out, '--takes', '3'))).code).toBe(0);
    expect(await filesOf(out)).toEqual(await filesOf(base));
  });

  it.each([
    [['--choose', '1=9'], /shot 1 has no take 9; there are 1, 2, 3/],
    [['--choose', '8=1'], /there is no shot 8/],
    [['--choose', 'x'], /Write a shot and its take/],
    [['--choose', '1=2', '--reroll', '1'], /either choose a take that is there, or reroll/],
    [['--choose', '1=2,1=3'], /shot 1 can show one take only, got 2 and 3/],
    [['--choose', '1=2', '--shots', '2'], /shots leaves shot 1 out/],
    [['--takes', '0'], /whole number from 1 to 16/],
    [['--takes', '2', '--stage', 'tokens'], /keyframes are checked, and stage 'tokens' makes none/],
  ])('refuses %j', async (more, message) => {
    const { code, err } = await cli(...args(base, ...more).filter((arg) => arg !== '--json'));
    expect([code, err]).toEqual([1, expect.stringMatching(message)]);
  });

  it('refuses to choose where there is one take only', async () => {
    const { code, err } = await cli(...args(plain, '--choose', '1=2').filter((arg) => arg !== '--json'));
    expect([code, err]).toEqual([1, expect.stringMatching(/shot 1 has no take 2; it has one take only/)]);
  });
});
