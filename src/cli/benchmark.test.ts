import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeTinyDetector } from '../testing/tinyDetector.ts';
import { type CliResult, cli, filesOf, type TinyFilm, tinyFilm } from '../testing/tinyFilm.ts';

describe('moviedreamer benchmark theatre', () => {
  let film: TinyFilm;
  const toy =
    '--episodes 1 --shots 2 --people 4 --probe-frames 2 --long-shots 4 --clips 1 --segments 2'.split(' ');
  const folder = (name: string): string => join(film.folder, name);
  const benchmark = (out: string, ...args: string[]): Promise<CliResult> =>
    cli(
      ...['benchmark', 'theatre', ...toy, ...film.models],
      ...['--out', folder(out), '--cache', folder('cache'), ...args],
    );
  const sizeIs = (width: number, height: number): Promise<void> =>
    writeFile(
      join(film.models[1] as string, 'renderer/generation_config.json'),
      JSON.stringify({ width, height, steps: 1 }),
    );

  beforeAll(async () => {
    film = await tinyFilm();
    await sizeIs(112, 64);
  });
  afterAll(() => film.remove());

  it('says clearly what it cannot do', async () => {
    const gone = await cli('benchmark', 'theatre', '--preset', 'nowhere');
    expect([gone.code, gone.err]).toEqual([1, expect.stringMatching(/^preset 'nowhere': no folder .*$/)]);
    const file = await benchmark('file', '--out', film.script);
    expect([file.code, file.err]).toEqual([
      1,
      expect.stringMatching(/--out .*script\.yaml is a file; give a folder$/),
    ]);
    await sizeIs(56, 32);
    const small = await benchmark('small');
    expect([small.code, small.out]).toEqual([1, '']);
    expect(small.err).toMatch(/7 : 4 from 112 x 64 on, and preset 'tiny' renders 56 x 32; change width/);
    await sizeIs(112, 64);
  });

  it('prints the table and writes it with sheets; the second time from the cache, to the same bytes', async () => {
    const first = await benchmark('one');
    expect([first.code, first.err]).toEqual([0, expect.stringMatching(/no face detector/)]);
    expect(first.out).toMatch(/^what +figure +ceilings +bar +met/);
    expect(first.out).toMatch(
      /\nreconstruction CLIP-sim.* at least 0\.920 \(above its ceiling, VAE 0\.\d+\) +(yes|no) +0\.825/,
    );
    expect(first.out).toMatch(
      /\nfine detail .*zero-shot films +\d+\.\d+ +truth 1\.000, VAE .* at least 0\.750/,
    );
    expect(first.out).toMatch(/\nSSIM to the true frame, true tokens +-?[01]\.\d{3} +truth 1\.000, VAE/);
    expect(first.out).toMatch(
      /\nenergy at periods .*VAE round trips +\d+\.\d+ +truth 1\.000 +at most 1\.100/,
    );
    expect(first.out).toMatch(/\nzero-shot LT +left out: no weights in .*npx moviedreamer train detector/);
    expect(first.out).toMatch(/\nfew-shot place right +[01]\.\d{3} +truth [01]\.\d{3}, VAE/);
    expect(await readdir(folder('one'))).toEqual(['benchmark.json', 'episode-1.png', 'results.md']);
    const kept = await filesOf(folder('cache'));
    expect(Object.keys(kept).filter((name) => name.includes('.tmp.'))).toEqual([]);
    expect((await benchmark('two')).code).toBe(0);
    expect(await filesOf(folder('two'))).toEqual(await filesOf(folder('one')));
    expect(Object.keys(await filesOf(folder('cache')))).toEqual(Object.keys(kept));
    expect(await readFile(join(folder('one'), 'results.md'), 'utf8')).toContain('| zero-shot ST |');
  });

  it('finds people with a detector, and prints events as JSON', async () => {
    await writeTinyDetector(film.models[1] as string, film.models[3] as string);
    const { code, events, err } = await benchmark('three', '--json');
    expect([code, err]).toEqual([0, '']);
    const rows = events.filter((e) => e.type === 'row');
    expect(rows.find((r) => r.what === 'zero-shot LT')).toMatchObject({
      ceilings: { truth: expect.any(Number) },
    });
    // which props and empty shots two shots happen to have is the theatre's affair
    const named = rows.filter((r) => !/object in hand|without people/.test(String(r.what)));
    expect(named.filter((r) => r.figure === undefined)).toEqual([]);
    expect(rows.map((r) => r.what)).toEqual(
      expect.arrayContaining([
        'zero-shot object in hand right, below the face that was found',
        'reconstruction object in hand right, below the face at its true place',
        'few-shot shots without people are empty',
      ]),
    );
    expect(events.at(-1)).toMatchObject({
      type: 'benchmark',
      sheets: [join(folder('three'), 'episode-1.png')],
    });
  });
});
