import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunFolder } from '../film/index.ts';
import { cli, copyOf, filesOf, madeIn, type TinyFilm, tinyFilm } from '../testing/tinyFilm.ts';

const text = `# a film of two shots
characters:
  tom: { face: tom.png, description: A bald man. }
shots:
  - { characters: [tom], plot: Tom runs., seconds: 0.25 } # he is late
  - plot: The sea at night.
    seconds: 0.25
`;
const inserted = text.replace(
  '  - plot: The sea',
  '  - { plot: A gull cries., seconds: 0.25 }\n  - plot: The sea',
);

describe('moviedreamer generate, on a film that is there', () => {
  let film: TinyFilm;
  let base: string;
  let files: Record<string, string>;
  const run = (out: string, ...args: string[]) =>
    cli('generate', film.script, '--out', out, ...film.models, ...args);
  const copy = (name: string): Promise<string> => copyOf(base, join(film.folder, name));
  /** With another script in the place of the film's own. */
  async function withScript<T>(script: string, work: () => Promise<T>): Promise<T> {
    await writeFile(film.script, script);
    return work().finally(() => writeFile(film.script, text));
  }

  beforeAll(async () => {
    film = await tinyFilm(text);
    base = join(film.folder, 'base');
    await run(base, '--seed', '7');
    files = await filesOf(base);
  });
  afterAll(() => film.remove());

  it('--dry-run says what would be made and why, and changes nothing', async () => {
    const out = await copy('dry');
    const same = await run(out, '--dry-run');
    expect([same.code, same.out]).toEqual([
      0,
      `plan of ${out}\n2 shots reused\nmovie     reused\nnothing to make`,
    ]);
    const other = await withScript(inserted, () => run(out, '--dry-run', '--keep-later', '--guidance', '3'));
    expect(other.out.split('\n')).toEqual([
      `plan of ${out}`,
      'shot 1',
      '  tokens    reused',
      '  keyframe  made: settings: guidance 1.5 -> 3',
      '  clip      made where needed: depends on keyframe 1',
      'shot 2 (id 1a)',
      '  tokens    made: new shot',
      '  keyframe  made: new shot',
      '  clip      made: new shot',
      'shot 3 (id 2)',
      '  tokens    reused',
      '  keyframe  made: settings: guidance 1.5 -> 3',
      '  clip      made where needed: depends on keyframe 2',
      'movie     made where needed: depends on clip 1, clip 1a, clip 2',
      'to make: tokens of 1 shot, 3 keyframes, 1 to 3 clips, the movie where needed',
    ]);
    expect(other.err).toContain('--guidance 3 (the preset has 1.5), given by this command');
    expect(await filesOf(out)).toEqual(files);
    const fresh = await run(join(film.folder, 'nowhere'), '--dry-run');
    expect(fresh.out).toMatch(
      /keyframe {2}made: not made yet[\s\S]*to make: tokens of 2 shots, 2 keyframes, 2 clips, 1 movie$/,
    );
    const json = await run(out, '--dry-run', '--json', '--reroll', '2');
    expect(json.events[0]).toMatchObject({ type: 'plan', folder: out, ids: ['1', '2'], removed: [] });
    expect(json.events.slice(1).map(({ id, status, reason }) => `${id} ${status} ${reason}`)).toEqual([
      'tokens:1 reuse null',
      'tokens:2 make new take',
      'keyframe:1 reuse null',
      'keyframe:2 unknown depends on tokens 2',
      'clip:1 reuse null',
      'clip:2 unknown depends on keyframe 2',
      'movie unknown depends on clip 2',
    ]);
    expect(await filesOf(out)).toEqual(files);
  });

  it('--keep-later makes one keyframe and one clip more for an inserted shot', async () => {
    const out = await copy('keep');
    const result = await withScript(inserted, () => run(out, '--keep-later', '--json'));
    expect(madeIn(result)).toEqual(['tokens 2', 'keyframe 2', 'clip 2', 'movie']);
    const told = result.events.filter(({ type }) => type === 'notice').map(({ message }) => message);
    expect(told).toEqual([
      'new in the script: shot 2 (id 1a)',
      'shot 3 (id 2): tokens kept, though shots before have changed (--keep-later; --no-keep-later makes them again)',
      expect.stringMatching(/^nobody checks who is in the pictures: preset tiny has no face detector/),
    ]);
    // shots are named by place or by id
    const again = await withScript(inserted, () => run(out, '--shots', '1a,3', '--json'));
    expect(madeIn(again)).toEqual(['keyframe 2', 'keyframe 3', 'clip 2', 'clip 3']);
    const unknown = await withScript(inserted, () => run(out, '--reroll', '7b'));
    expect([unknown.code, unknown.err]).toEqual([
      ...[1, 'reroll: there is no shot with the id 7b; the film has 1, 1a, 2'],
    ]);
  });

  it('says which settings an earlier command left, and goes back from them', async () => {
    const out = await copy('settings');
    const today = new Date().toISOString().slice(0, 10);
    const first = await run(out, '--guidance', '3', '--stage', 'keyframes');
    expect(first.err).toContain('--guidance 3 (the preset has 1.5), given by this command');
    await run(out, '--shots', '2', '--steps', '2', '--stage', 'keyframes');
    const plain = await run(out, '--stage', 'keyframes');
    expect(plain.err.split('\n').slice(0, 3)).toEqual([
      `--steps 2 for shot 2 (the preset has 3), given by an earlier command on ${today}`,
      `--guidance 3 (the preset has 1.5), given by an earlier command on ${today}`,
      "--reset-settings goes back to the preset's settings",
    ]);
    const one = await run(out, '--reset-settings', '--shots', '2', '--stage', 'keyframes');
    expect(one.err).not.toContain('--steps');
    expect(one.err).toContain('--guidance 3');
    const all = await run(out, '--reset-settings');
    expect(all.err).not.toMatch(/--guidance|--steps/);
    expect(await filesOf(out)).toEqual(files);
  });

  it('--force keeps the seed', async () => {
    const out = await copy('force');
    const other = join(film.folder, 'other.yaml');
    await writeFile(other, 'shots: [{ plot: Nothing happens., seconds: 0.25 }]\n');
    await cli('generate', other, '--out', out, '--force', '--stage', 'tokens', ...film.models);
    const { state } = await RunFolder.read(out);
    expect([state.seed, state.shots.length]).toEqual([7, 1]);
  });

  it('--write-ids writes ids into the script, once, and nothing is made again', async () => {
    const out = await copy('ids');
    await withScript(inserted, () => run(out, '--keep-later'));
    await withScript(inserted, async () => {
      const result = await run(out, '--write-ids', '--json');
      expect(madeIn(result)).toEqual([]);
      const written = await readFile(film.script, 'utf8');
      expect(written).toBe(
        inserted
          .replace('{ characters: [tom]', '{ id: 1, characters: [tom]')
          .replace('{ plot: A gull', "{ id: '1a', plot: A gull")
          .replace('  - plot: The sea', '  - id: 2\n    plot: The sea'),
      );
      expect(madeIn(await run(out, '--write-ids', '--json'))).toEqual([]);
      expect(await readFile(film.script, 'utf8')).toBe(written);
      expect((await run(out, '--write-ids', '--dry-run')).err).toMatch(
        /--dry-run changes nothing; leave it out/,
      );
    });
  });

  it('shows in the storyboard the cast, and no clip of another picture', async () => {
    const out = await copy('board');
    const page = (): Promise<string> => readFile(join(out, 'storyboard.html'), 'utf8');
    expect(await page()).toMatch(
      /<li><img src="data:image\/png;base64,[^"]{100,}" alt="" loading="lazy"><div><b>tom<\/b>/,
    );
    expect(await page()).toContain('src="clips/0001.mp4"');
    expect(await page()).toContain('src="movie.mp4"');
    await run(out, '--stage', 'keyframes', '--shots', '2', '--steps', '2');
    expect(await page()).toContain('src="clips/0001.mp4"');
    expect(await page()).not.toContain('src="clips/0002.mp4"');
    expect(await page()).toContain('<img src="keyframes/0002.png"');
    expect(await page()).not.toContain('src="movie.mp4"');
    expect(await page()).not.toContain('made before the last change');
    const changed = text.replace('The sea at night.', 'The sea by day.');
    await withScript(changed, () => run(out, '--stage', 'keyframes', '--shots', '1'));
    expect(await page()).toMatch(
      /<img src="keyframes\/0002.png"[^>]*><figcaption>made before the last change/,
    );
    await run(out, '--reset-settings');
    expect(await filesOf(out)).toEqual(files);
  });
});
