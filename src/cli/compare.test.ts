import { existsSync } from 'node:fs';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Comparison } from '../compare/index.ts';
import { type Image, readImage, readVideo } from '../media/index.ts';
import { itInChromium, openInChromium } from '../testing/chromium.ts';
import { writeTinyDetector } from '../testing/tinyDetector.ts';
import { type CliResult, cli, filesOf, type TinyFilm, tinyFilm } from '../testing/tinyFilm.ts';

const made = [
  'moviedreamer',
  'last-frame',
  'no-face-tokens',
  'no-identity-rows',
  'storydiffusion',
  'storygen',
  'freenoise',
] as const;
const absent = ['l1-l2', 'streamingt2v', 'seine'] as const;

describe('moviedreamer compare', () => {
  let film: TinyFilm;
  let out: string;
  let first: CliResult;
  let comparison: Comparison;
  const below = (...path: string[]): string => join(out, ...path);
  const bytes = (...path: string[]): Promise<Buffer> => readFile(below(...path));
  const run = (...args: string[]): Promise<CliResult> =>
    cli('compare', film.script, '--out', out, '--seed', '7', ...film.models, ...args);

  beforeAll(async () => {
    film = await tinyFilm();
    const [, preset, , weights] = film.models as [string, string, string, string];
    await writeTinyDetector(preset, weights);
    out = join(film.folder, 'compared');
    first = await run();
    if (first.code === 0)
      comparison = JSON.parse(await readFile(below('compare.json'), 'utf8')) as Comparison;
  });
  afterAll(() => film.remove());

  it('prints a table, a row a method, and says of the others why they cannot be had', () => {
    expect(first.code, first.err).toBe(0);
    expect(first.out).toMatch(
      /^ +keyframes .*ends of clips.*\nmethod +CLIP score ↑ +ST ↑ +LT ↑ +LT F1 ↑ +CLIP score ↑ +CLIP-sim ↑ +LT ↑\n/,
    );
    for (const method of made)
      expect(first.out).toMatch(new RegExp(`\n${method}( +(-|-?[\\d.e-]+\\*?)){7}\n`));
    expect(first.out).toMatch(/\n {2}l1-l2: needs an autoregressor that was trained by l1 and l2 alone /);
    expect(first.out).toMatch(/\n {2}seine: .*random masks/);
    expect(first.out).toContain(`\npage: ${below('compare.html')}`);
    expect(comparison.rows.flatMap(({ method, film: own }) => (own ? [method] : []))).toEqual(made);
    expect(comparison.rows.flatMap(({ method, why }) => (why ? [method] : []))).toEqual(absent);
  });

  it("makes the paper's film as generate does", async () => {
    const plain = join(film.folder, 'plain');
    expect((await cli('generate', film.script, '--out', plain, '--seed', '7', ...film.models)).code).toBe(0);
    for (const file of ['keyframes/0002.png', 'clips/0002.mp4', 'movie.mp4'])
      expect((await bytes('moviedreamer', file)).equals(await readFile(join(plain, file))), file).toBe(true);
  });

  it('continues at last frames: the first keyframe is rendered, the next ones are ends of clips', async () => {
    const [a, b] = [
      await bytes('last-frame/keyframes/0001.png'),
      await bytes('moviedreamer/keyframes/0001.png'),
    ];
    expect(a.equals(b)).toBe(true);
    for (const [clip, next] of [
      ['0001', '0002'],
      ['0002', '0003'],
    ]) {
      let end: Image | undefined;
      for await (const frame of readVideo(below('last-frame/clips', `${clip}.mp4`))) end = frame;
      const own = await readImage(below('last-frame/keyframes', `${next}.png`));
      const other = await readImage(below('moviedreamer/keyframes', `${next}.png`));
      // what is left is what the encoder takes away, which is much of such noise
      expect(distance(own, end as Image)).toBeLessThan(distance(other, end as Image));
    }
  });

  it.each(['no-face-tokens', 'no-identity-rows', 'storydiffusion', 'storygen'])(
    '%s makes other keyframes',
    async (method) => {
      const second = await bytes(method, 'keyframes/0002.png');
      expect(second.equals(await bytes('moviedreamer/keyframes/0002.png'))).toBe(false);
    },
  );

  it('withholds faces from the autoregressor, and rows from the renderer alone', async () => {
    const tokens = await bytes('moviedreamer/tokens.safetensors');
    expect((await bytes('no-identity-rows/tokens.safetensors')).equals(tokens)).toBe(true);
    expect((await bytes('no-face-tokens/tokens.safetensors')).equals(tokens)).toBe(false);
  });

  it('gives the first keyframe of a StoryGen no context', async () => {
    const firsts = await Promise.all(
      ['storygen', 'moviedreamer'].map((method) => bytes(method, 'keyframes/0001.png')),
    );
    expect(firsts[0]?.equals(firsts[1] as Buffer)).toBe(true);
  });

  it('reschedules the noise of clips that have several segments', async () => {
    const isSame = async (file: string): Promise<boolean> =>
      (await bytes('freenoise', file)).equals(await bytes('moviedreamer', file));
    expect(await isSame('keyframes/0002.png')).toBe(true);
    expect(await isSame('clips/0001.mp4')).toBe(true); // of one segment
    expect(await isSame('clips/0002.mp4')).toBe(false);
  });

  it('makes nothing twice', async () => {
    const before = await filesOf(out);
    const { code, events } = await run('--json');
    expect(code).toBe(0);
    const own = events.flatMap(({ event }) => (event ? [event as Record<string, unknown>] : []));
    expect(own.filter(({ reused }) => reused === false)).toEqual([]);
    expect(own.filter(({ type }) => type === 'frames')).toEqual([]);
    expect(events.filter(({ type }) => type === 'row').map(({ method }) => method)).toHaveLength(10);
    const after = await filesOf(out);
    expect(Object.keys(after)).toEqual(Object.keys(before));
    expect(Object.keys(after).filter((file) => after[file] !== before[file])).toEqual([]);
  });

  it('takes what is the same from the paper’s film', async () => {
    const { code, events } = await run('--json', '--with', 'moviedreamer,freenoise', '--out', join(out, '2'));
    expect(code).toBe(0);
    const anew = events
      .filter(({ method }) => method === 'freenoise')
      .map(({ event }) => Object(event) as Record<string, unknown>)
      .filter(({ reused, type }) => reused === false && type !== 'check');
    expect(anew.map(({ type }) => type)).toEqual(['clip', 'clip', 'clip', 'movie']);
  });

  it('makes l1-l2 with weights for it', async () => {
    const [, , , weights] = film.models as [string, string, string, string];
    const own = join(film.folder, 'l1l2');
    await cp(join(weights, 'autoregressor'), join(own, 'autoregressor'), { recursive: true });
    const args = ['--with', 'l1-l2', 'moviedreamer', '--weights-for', `l1-l2=${own}`];
    const { code, err, out: printed } = await run(...args, '--out', join(out, '3'));
    expect(code, err).toBe(0);
    expect(printed).toMatch(/\nl1-l2 +\S+/);
    const tokens = await Promise.all(
      ['l1-l2', 'moviedreamer'].map((method) => bytes('3', method, 'tokens.safetensors')),
    );
    expect(tokens[0]?.equals(tokens[1] as Buffer)).toBe(false);
  });

  it('links to files that are there', async () => {
    const html = await bytes('compare.html').then(String);
    const links = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) =>
      decodeURIComponent(path as string),
    );
    expect(links.length).toBeGreaterThan(made.length * (3 * 4 + 3) - 1);
    expect(links.filter((path) => !existsSync(below(path)))).toEqual([]);
  });

  itInChromium('the page opens in Chromium, with all of its pictures', async () => {
    // The page itself has no scripts. Pictures that load at once are there when `load` fires, so nothing is waited for:
    // Chromium prints the document when its virtual time is over, and decoding takes real time.
    const probe = `<pre></pre><script>
      addEventListener('load', () => {
        const images = [...document.images];
        document.querySelector('pre').textContent = JSON.stringify({
          images: images.length,
          seen: images.filter(({ naturalWidth }) => naturalWidth > 0).length,
          rows: [...document.querySelectorAll('.metrics tbody tr')].map((row) => row.cells[0].textContent),
          best: document.querySelectorAll('.best').length > 0,
        });
      });</script></body>`;
    const html = String(await bytes('compare.html')).replaceAll(' loading="lazy"', '');
    await writeFile(below('probe.html'), html.replace('</body>', probe));
    const dom = await openInChromium(pathToFileURL(below('probe.html')).href, '--dump-dom');
    const pictures = made.length * 3 * 3;
    expect(JSON.parse(/<pre>(.*?)<\/pre>/s.exec(dom)?.[1] ?? '')).toEqual({
      images: pictures,
      seen: pictures,
      rows: comparison.rows.map(({ method }) => method),
      best: true,
    });
  });

  it.each<[string, string[], RegExp]>([
    [
      'a method that there is not',
      ['--with', 'sora'],
      /There is no method 'sora'; there are moviedreamer, last-frame/,
    ],
    [
      'only methods that cannot be had',
      ['--with', 'seine', 'l1-l2'],
      /nothing to compare.*\n- l1-l2: needs .*\n- seine: /,
    ],
    [
      'weights for a method that takes none',
      ['--weights-for', 'seine=.'],
      /only l1-l2 and no-face-tokens take others/,
    ],
    [
      'weights that are not there',
      ['--weights-for', 'l1-l2=nowhere'],
      /there is no folder nowhere for l1-l2/,
    ],
    ['true pictures that are not there', ['--truth', 'nowhere'], /--truth: there is no folder nowhere/],
    ['an encoder that is not there', ['--inception', 'nowhere.safetensors'], /nowhere\.safetensors/],
    ['weights without a folder', ['--weights-for', 'l1-l2'], /such as l1-l2=runs/],
  ])('refuses %s', async (_, args, message) => {
    const { code, out: printed, err } = await run(...args, '--out', join(out, 'none'));
    expect([code, printed]).toEqual([1, '']);
    expect(err).toMatch(message);
    expect(existsSync(join(out, 'none'))).toBe(false);
  });

  it('refuses to compare nothing', async () => {
    expect(await cli('compare')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/give the script .*--list/),
    });
  });
});

describe('moviedreamer compare --list', () => {
  const line = (text: string, method: string): string | undefined =>
    text.split('\n').find((own) => own.startsWith(`${method}: `));

  it('says that the shipped preset does not run its U-Net, unless steps are given', async () => {
    const plain = await cli('compare', '--list');
    expect(plain.code, plain.err).toBe(0);
    expect(line(plain.out, 'moviedreamer')).toBe('moviedreamer: can be had');
    expect(line(plain.out, 'storydiffusion')).toMatch(/: cannot be had: .*in 0 steps: the U-Net.*is not run/);
    const more = await cli('compare', '--list', '--steps', '20');
    expect(line(more.out, 'storydiffusion')).toBe('storydiffusion: can be had');
    expect(line(more.out, 'storygen')).toBe('storygen: can be had');
  });
});

/** The mean difference of two pictures, 0 .. 255. */
function distance(a: Image, b: Image): number {
  return a.data.reduce((sum, v, i) => sum + Math.abs(v - (b.data[i] as number)), 0) / a.data.length;
}
