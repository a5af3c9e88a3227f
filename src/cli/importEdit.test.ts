import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Image, openVideo, type VideoFrame } from '../media/index.ts';
import { cli, copyOf, filesOf, madeIn, type TinyFilm, tinyFilm, tinyScript } from '../testing/tinyFilm.ts';

type Json = Record<string, unknown>;
interface Otio {
  readonly tracks: { readonly children: { kind: string; children: Json[] }[] };
}

const time = (value: number, rate: number): Json => ({ OTIO_SCHEMA: 'RationalTime.1', rate, value });
/** A clip that shows other frames. */
const trimmed = (clip: Json, start: number, frames: number, rate = 12): Json => ({
  ...clip,
  source_range: {
    OTIO_SCHEMA: 'TimeRange.1',
    start_time: time((start * rate) / 12, rate),
    duration: time((frames * rate) / 12, rate),
  },
});

describe('moviedreamer import, of a cut that an editor made', () => {
  let film: TinyFilm;
  let base: string;
  const make = (out: string, ...args: string[]) =>
    cli('generate', film.script, '--out', out, ...film.models, '--json', ...args);

  beforeAll(async () => {
    film = await tinyFilm(`# my film\n${tinyScript}`);
    base = join(film.folder, 'base');
    await make(base, '--seed', '7');
    await cli('export', base, '--to', 'otio');
  });
  afterAll(() => film.remove());

  /** A copy of the film, its script as it was, and the cut with its clips changed. */
  async function edited(
    name: string,
    edit: (clips: Json[]) => Json[],
  ): Promise<{ out: string; cut: string }> {
    await writeFile(film.script, `# my film\n${tinyScript}`);
    const out = await copyOf(base, join(film.folder, name));
    const root = JSON.parse(await readFile(join(base, 'cut.otio'), 'utf8')) as Otio;
    const [track] = root.tracks.children;
    track!.children = edit(track!.children);
    const cut = join(film.folder, `${name}.otio`);
    await writeFile(cut, JSON.stringify(root));
    return { out, cut };
  }
  async function framesOf(path: string): Promise<VideoFrame[]> {
    const frames: VideoFrame[] = [];
    for await (const frame of (await openVideo(path)).frames()) frames.push(frame);
    return frames;
  }
  const clipsUnchanged = async (out: string): Promise<boolean> => {
    const [before, after] = [await filesOf(base), await filesOf(out)];
    return Object.keys(before)
      .filter((name) => /^(clips|keyframes)\//.test(name))
      .every((name) => before[name] === after[name]);
  };

  it('reordered, trimmed, removed, repeated: the film that comes is the edited one, and no shot is made again', async () => {
    // shots of 6, 18 and 3 frames
    const { out, cut } = await edited('edited', ([one, two]) => [
      trimmed(two!, 4, 9, 24),
      one!,
      trimmed(two!, 0, 18),
      trimmed(one!, 5, 1, 30),
    ]);
    const result = await cli('import', cut, '--film', out);
    expect([result.code, result.out.split('\n')]).toEqual([
      0,
      [
        'shots left out: 3',
        'shots shown more than once: 2, 1',
        'shots in another place: 1',
        'shots trimmed: 2, 1',
        `${film.script}: its cut is now of 4 pieces`,
      ],
    ]);
    const script = await readFile(film.script, 'utf8');
    expect(script.startsWith('# my film\ntitle: The lighthouse\n')).toBe(true);
    expect(script).toContain(
      'cut:\n  - { shot: 2, from: 0.3333, to: 1.0833 }\n  - 1\n  - 2\n  - { shot: 1, from: 0.4167 }\n',
    );
    expect(madeIn(await make(out))).toEqual(['movie']);
    expect(await clipsUnchanged(out)).toBe(true);
    const [one, two] = await Promise.all(['1', '2'].map((id) => framesOf(join(out, `clips/000${id}.mp4`))));
    const expected = [...two!.slice(4, 13), ...one!, ...two!, one![5]!];
    const found = await framesOf(join(out, 'movie.mp4'));
    expect(found.length).toBe(expected.length);
    // what is whole is copied, what is trimmed is encoded once more
    expect(found.slice(9, 33)).toEqual(
      expected.slice(9, 33).map((frame, i) => ({ ...frame, time: found[9 + i]!.time })),
    );
    for (const [i, frame] of expected.entries())
      expect(psnr(frame, found[i]!), `frame ${i}`).toBeGreaterThan(30);
    // out and back again, it is the same cut, and nothing is left to do
    await cli('export', out, '--to', 'otio');
    const again = await cli('import', join(out, 'cut.otio'), '--film', out);
    expect(again.out).toContain('has this cut already');
    expect(await readFile(film.script, 'utf8')).toBe(script);
    expect(madeIn(await make(out))).toEqual([]);
    // the same bytes, however the film came about
    const fresh = join(film.folder, 'fresh');
    await make(fresh, '--seed', '7');
    expect((await readFile(join(fresh, 'movie.mp4'))).equals(await readFile(join(out, 'movie.mp4')))).toBe(
      true,
    );
    // and the cut can be undone
    const whole = await cli('import', join(base, 'cut.otio'), '--film', out);
    expect(whole.code).toBe(0);
    expect(await readFile(film.script, 'utf8')).not.toContain('cut:');
    expect(madeIn(await make(out))).toEqual(['movie']);
    expect((await filesOf(out))['movie.mp4']).toBe((await filesOf(base))['movie.mp4']);
  });

  it('a shot that is shown for longer than it lasts is made again, and no other', async () => {
    const { out, cut } = await edited('longer', ([one, two, three]) => [one!, two!, trimmed(three!, 0, 6)]);
    const result = await cli('import', cut, '--film', out, '--json');
    expect(result.events[0]).toMatchObject({
      changes: ['shots made longer, and so made again: 3'],
      changed: true,
      pieces: 3,
    });
    expect(await readFile(film.script, 'utf8')).toContain('plot: The sea at night., seconds: 0.5 }');
    expect(madeIn(await make(out))).toEqual(['clip 3', 'movie']);
  });

  it('finds shots by their files where an editor dropped their metadata, also in a bundle', async () => {
    const { out, cut } = await edited('bare', (clips) =>
      [...clips].reverse().map((clip, i) => ({ ...clip, metadata: {}, name: `clip ${i}` })),
    );
    expect((await cli('import', cut, '--film', out)).out).toContain('shots in another place: 2, 1');
    expect(await readFile(film.script, 'utf8')).toContain('cut:\n  - 3\n  - 2\n  - 1\n');
    await cli('export', out, '--to', 'otioz');
    await writeFile(film.script, `# my film\n${tinyScript}`);
    const bundle = await cli('import', join(out, 'cut.otioz'), '--film', out);
    expect(bundle.out).toContain('its cut is now of 3 pieces');
  });

  it('says what it does not take over', async () => {
    const other = { OTIO_SCHEMA: 'Stack.1', name: 'titles', children: [] };
    const { out, cut } = await edited('odd', ([one, two, three]) => [
      { ...one!, effects: [{ OTIO_SCHEMA: 'LinearTimeWarp.1' }] },
      { OTIO_SCHEMA: 'Transition.1', transition_type: 'SMPTE_Dissolve' },
      two!,
      { ...trimmed({}, 0, 6), OTIO_SCHEMA: 'Gap.1' },
      other,
      { ...three!, enabled: false },
    ]);
    const { err } = await cli('import', cut, '--film', out);
    for (const part of [
      'the effects of "1" are left out',
      'a transition (SMPTE_Dissolve) is left out',
      'a gap of 0.5 s is left out',
      '"titles" is a Stack, not a clip',
      '"3" is switched off',
    ])
      expect(err).toContain(part);
  });

  it('refuses what is not of the film, and leaves the script alone', async () => {
    const { out, cut } = await edited('foreign', (clips) => [
      ...clips,
      {
        OTIO_SCHEMA: 'Clip.1',
        name: 'holiday',
        media_reference: { OTIO_SCHEMA: 'ExternalReference.1', target_url: 'file:///x/holiday.mov' },
      },
    ]);
    const before = await readFile(film.script, 'utf8');
    const refused = async (...args: string[]): Promise<string> => {
      const { code, err } = await cli('import', ...args);
      expect(code).toBe(1);
      return err;
    };
    expect(await refused(cut, '--film', out)).toMatch(
      /clip 4, file:\/\/\/x\/holiday\.mov, is not of the film in/,
    );
    expect(await refused(cut)).toContain('Add --film');
    expect(await refused('cut.avi', '--film', out)).toContain('ends in .otio, .otioz');
    expect(await refused(join(film.folder, 'no.otio'), '--film', out)).toContain('there is no such file');
    await writeFile(cut, '{');
    expect(await refused(cut, '--film', out)).toContain('is no OpenTimelineIO file: it is not JSON');
    await writeFile(cut, '{ "OTIO_SCHEMA": "Clip.2" }');
    expect(await refused(cut, '--film', out)).toContain('is no OpenTimelineIO timeline, but Clip');
    await writeFile(join(film.folder, 'a.otioz'), 'no archive at all');
    expect(await refused(join(film.folder, 'a.otioz'), '--film', out)).toContain('is no whole ZIP archive');
    expect(await readFile(film.script, 'utf8')).toBe(before);
  });
});

/** Peak signal-to-noise ratio of two pictures in dB; equal ones have infinity. */
function psnr(a: Image, b: Image): number {
  let sum = 0;
  for (const [i, value] of a.data.entries()) sum += (value - (b.data[i] as number)) ** 2;
  return 10 * Math.log10(255 ** 2 / (sum / a.data.length));
}
