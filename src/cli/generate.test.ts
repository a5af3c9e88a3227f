import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readVideo } from '../media/index.ts';
import {
  type CliResult,
  cli,
  copyOf,
  filesOf,
  madeIn,
  type TinyFilm,
  tinyFilm,
  tinyScript,
} from '../testing/tinyFilm.ts';

describe('moviedreamer generate', () => {
  let film: TinyFilm;
  let base: string;
  let first: CliResult;
  let files: Record<string, string>;

  /** Runs `generate` over a copy of the finished film, with another script in the place of its own. */
  async function again(
    name: string,
    script: string,
    ...args: string[]
  ): Promise<CliResult & { out: string }> {
    const folder = await copyOf(base, join(film.folder, name));
    await writeFile(film.script, script);
    try {
      const result = await cli('generate', film.script, '--out', folder, '--json', ...film.models, ...args);
      return { ...result, out: folder };
    } finally {
      await writeFile(film.script, tinyScript);
    }
  }
  const changed = (after: Record<string, string>): string[] =>
    Object.keys({ ...files, ...after }).filter((name) => files[name] !== after[name]);

  beforeAll(async () => {
    film = await tinyFilm();
    base = join(film.folder, 'base');
    first = await cli('generate', film.script, '--out', base, '--seed', '7', '--json', ...film.models);
    expect(first.err).toBe('');
    files = await filesOf(base);
  });
  afterAll(() => film.remove());

  it('makes tokens, keyframes, clips, a movie and a storyboard, and tells each', async () => {
    expect(first.code).toBe(0);
    expect(madeIn(first)).toEqual([
      ...[1, 2, 3].map((n) => `tokens ${n}`),
      ...[1, 2, 3].map((n) => `keyframe ${n}`),
      ...[1, 2, 3].map((n) => `clip ${n}`),
      'movie',
    ]);
    const stages = first.events.filter((e) => e.type === 'stage');
    expect(stages.map((e) => `${e.stage} ${e.todo}/${e.shots}`)).toEqual([
      'tokens 3/3',
      'keyframes 3/3',
      'clips 3/3',
      'movie 1/3',
    ]);
    expect(Object.keys(files).sort()).toEqual([
      ...[1, 2, 3].map((n) => `clips/000${n}.mp4`),
      ...[1, 2, 3].map((n) => `keyframes/000${n}.png`),
      'movie.mp4',
      'run.json',
      'storyboard.html',
      'tokens.safetensors',
    ]);
    let frames = 0;
    for await (const { width, height } of readVideo(join(base, 'movie.mp4'))) {
      expect([width, height]).toEqual([56, 32]);
      frames++;
    }
    expect(frames).toBe(6 + 18 + 3); // 0.5, 1.5 and 0.25 seconds at 12 frames a second
    expect(await readFile(join(base, 'storyboard.html'), 'utf8')).toContain('Mara shows Tom the light.');
  });

  it('touches nothing when nothing has changed, seed and settings being those of the folder', async () => {
    const before = await stat(join(base, 'keyframes/0002.png'));
    const result = await cli('generate', film.script, '--out', base, '--json', ...film.models);
    expect(madeIn(result)).toEqual([]);
    expect((await stat(join(base, 'keyframes/0002.png'))).mtimeMs).toBe(before.mtimeMs);
    expect(await filesOf(base)).toEqual(files);
  });

  it('makes the same bytes from scratch, and others with another seed', async () => {
    const folder = join(film.folder, 'scratch');
    await cli('generate', film.script, '--out', folder, '--seed', '7', ...film.models);
    expect(await filesOf(folder)).toEqual(files);
    const other = await again('seed', tinyScript, '--seed', '8');
    expect(madeIn(other)).toHaveLength(10);
  });

  it('renders anew only what depends on a changed text', async () => {
    const last = await again('last', tinyScript.replace('The sea at night.', 'The sea by day.'));
    expect(madeIn(last)).toEqual(['tokens 3', 'keyframe 3', 'clip 3', 'movie']);
    const second = await again('second', tinyScript.replace('Tom runs.', 'Tom sleeps.'));
    expect(madeIn(second).filter((made) => made.endsWith('1'))).toEqual([]);
    expect(madeIn(second)).toEqual(expect.arrayContaining(['tokens 2', 'keyframe 2', 'clip 2', 'tokens 3']));
    const after = await filesOf(second.out);
    expect(changed(after)).not.toContain('keyframes/0001.png');
    expect(changed(after)).toContain('keyframes/0002.png');
  });

  it('makes only a clip anew when a shot gets longer, and nothing when a character gets another name', async () => {
    const longer = await again('longer', tinyScript.replace('seconds: 0.25', 'seconds: 0.5'));
    expect(madeIn(longer)).toEqual(['clip 3', 'movie']);
    const renamed = await again(
      'renamed',
      tinyScript.replaceAll('tom', 'thomas').replace('thomas.png', 'tom.png'),
    );
    expect(madeIn(renamed)).toEqual([]);
  });

  it('follows a script that gets shorter or longer', async () => {
    const shorter = await again('shorter', tinyScript.split('\n').slice(0, -2).join('\n'));
    expect(madeIn(shorter)).toEqual(['movie']);
    await writeFile(film.script, tinyScript.split('\n').slice(0, -2).join('\n'));
    const fresh = join(film.folder, 'fresh');
    await cli('generate', film.script, '--out', fresh, '--seed', '7', ...film.models);
    await writeFile(film.script, tinyScript);
    expect(await filesOf(shorter.out)).toEqual(await filesOf(fresh));
    const longer = await again('appended', `${tinyScript}  - { plot: The end., seconds: 0.25 }\n`);
    expect(madeIn(longer)).toEqual(['tokens 4', 'keyframe 4', 'clip 4', 'movie']);
  });

  it('makes a file again that was removed or damaged', async () => {
    await rm(join(base, 'keyframes/0001.png'));
    await writeFile(join(base, 'clips/0002.mp4'), 'damaged');
    await writeFile(join(base, 'tokens.safetensors'), 'damaged');
    const result = await cli('generate', film.script, '--out', base, '--json', ...film.models);
    expect(madeIn(result)).toEqual(['tokens 1', 'tokens 2', 'tokens 3', 'keyframe 1', 'clip 2']);
    expect(await filesOf(base)).toEqual(files);
  });

  it('--shots renders those anew and no others; settings given along stay theirs', async () => {
    const result = await again('shots', tinyScript, '--shots', '2', '--steps', '2');
    expect(madeIn(result)).toEqual(['keyframe 2', 'clip 2', 'movie']);
    const after = await filesOf(result.out);
    expect(changed(after).sort()).toEqual(['clips/0002.mp4', 'keyframes/0002.png', 'movie.mp4', 'run.json']);
    const later = await cli('generate', film.script, '--out', result.out, '--json', ...film.models);
    expect(madeIn(later)).toEqual([]);
  });

  it('--shots with another seed is refused: it would be another film', async () => {
    const result = await again('mixed', tinyScript, '--shots', '2', '--seed', '8');
    expect([result.code, result.err]).toEqual([1, expect.stringMatching(/has the seed 7.*use --reroll/)]);
    expect(await filesOf(result.out)).toEqual(files);
  });

  it('--shots with unchanged settings gives the same bytes', async () => {
    const result = await again('same', tinyScript, '--shots', '1-2');
    expect(madeIn(result)).toEqual(['keyframe 1', 'keyframe 2', 'clip 1', 'clip 2']);
    expect(await filesOf(result.out)).toEqual(files);
  });

  it('--shots of a film that has no others yet leaves the movie for later', async () => {
    const folder = join(film.folder, 'part');
    const result = await cli(
      'generate',
      film.script,
      '--out',
      folder,
      '--seed',
      '7',
      '--shots',
      '2',
      '--json',
      ...film.models,
    );
    expect(madeIn(result)).toEqual(['tokens 1', 'tokens 2', 'keyframe 2', 'clip 2']);
    expect(result.events.filter((e) => e.type === 'notice').at(-1)?.message).toMatch(
      /no movie.mp4 yet: shots 1, 3 have no clips/,
    );
    await cli('generate', film.script, '--out', folder, ...film.models);
    expect(await filesOf(folder)).toEqual(files);
  });

  it('--reroll gives a shot another take and changes no other; later runs keep it', async () => {
    const result = await again('reroll', tinyScript, '--reroll', '2');
    expect(madeIn(result)).toEqual(['tokens 2', 'keyframe 2', 'clip 2', 'movie']);
    const after = await filesOf(result.out);
    expect(changed(after).sort()).toEqual([
      ...['clips/0002.mp4', 'keyframes/0002.png', 'movie.mp4', 'run.json', 'tokens.safetensors'],
    ]);
    const later = await cli('generate', film.script, '--out', result.out, '--json', ...film.models);
    expect(madeIn(later)).toEqual([]);
    const third = await cli(
      'generate',
      film.script,
      '--out',
      result.out,
      '--reroll',
      '2',
      '--json',
      ...film.models,
    );
    expect(madeIn(third)).toEqual(['tokens 2', 'keyframe 2', 'clip 2', 'movie']);
    expect((await filesOf(result.out))['keyframes/0002.png']).not.toBe(after['keyframes/0002.png']);
  });

  it('--stage stops after a stage', async () => {
    const folder = join(film.folder, 'stages');
    const run = async (stage: string): Promise<string[]> => {
      const args = ['--out', folder, '--seed', '7', '--stage', stage, ...film.models];
      const { code, err } = await cli('generate', film.script, ...args);
      expect(code).toBe(0);
      expect(err).toMatch(new RegExp(`${stage} +3 of 3 shots made`));
      return Object.keys(await filesOf(folder));
    };
    expect(await run('tokens')).toEqual(['run.json', 'tokens.safetensors']);
    expect(await run('keyframes')).toHaveLength(2 + 3 + 1);
    expect(await run('clips')).toHaveLength(2 + 3 + 1 + 3);
    await cli('generate', film.script, '--out', folder, ...film.models);
    expect(await filesOf(folder)).toEqual(files);
  });

  it('takes references, which the tokens follow', async () => {
    const result = await again('few-shot', `${tinyScript}references: [mara.png]\n`, '--stage', 'tokens');
    expect(madeIn(result)).toEqual(['tokens 1', 'tokens 2', 'tokens 3']);
    expect((await filesOf(result.out))['tokens.safetensors']).not.toBe(files['tokens.safetensors']);
  });

  it('refuses the folder of another script, unless it is forced', async () => {
    const other = join(film.folder, 'other.yaml');
    await writeFile(other, 'title: Another\nshots: [{ plot: Nothing happens., seconds: 0.25 }]\n');
    const folder = await copyOf(base, join(film.folder, 'taken'));
    const refused = await cli('generate', other, '--out', folder, ...film.models);
    expect(refused.code).toBe(1);
    expect(refused.err).toMatch(
      /holds the film of another script, .*script\.yaml; give another --out folder, or --force/,
    );
    expect(await filesOf(folder)).toEqual(files);
    expect((await cli('generate', other, '--out', folder, '--force', ...film.models)).code).toBe(0);
    expect(Object.keys(await filesOf(folder))).toEqual([
      'clips/0001.mp4',
      'keyframes/0001.png',
      'movie.mp4',
      'run.json',
      'storyboard.html',
      'tokens.safetensors',
    ]);
    // a copy of the script somewhere else is the same script
    const copy = join(film.folder, 'copy.yaml');
    await writeFile(copy, tinyScript);
    const same = await cli(
      'generate',
      copy,
      '--out',
      await copyOf(base, join(film.folder, 'copied')),
      ...film.models,
    );
    expect(same.err).toContain('up to date');
  });

  it('prints plain progress and where the film is', async () => {
    const folder = join(film.folder, 'plain');
    const result = await cli('generate', film.script, '--out', folder, '--shots', '3', ...film.models);
    expect(result.err).toMatch(/keyframes {2}1 of 3 shots made, 0:\d\d/);
    expect(result.out).toContain(`storyboard: ${join(folder, 'storyboard.html')}`);
  });

  it('says which sentences are longer than the text tower reads, each time', async () => {
    const folder = join(film.folder, 'long');
    const path = join(film.folder, 'long.yaml');
    const words = Array.from({ length: 40 }, (_, i) => `word${i}`).join(' ');
    await writeFile(
      path,
      `shots:\n  - { plot: The sea., seconds: 0.25 }\n  - { plot: ${words}., seconds: 0.25 }\n`,
    );
    const args = ['generate', path, '--out', folder, '--stage', 'tokens', '--json', ...film.models];
    for (let time = 1; time <= 2; time++) {
      const { events } = await cli(...args);
      const notices = events.filter((e) => e.type === 'notice').map((e) => e.message);
      expect(notices).toEqual([
        expect.stringMatching(
          /^shot 2: a sentence of \d+ tokens is cut after 32: the last that is read is '….*word\d+'; make two sentences of it$/,
        ),
      ]);
    }
  });
});
