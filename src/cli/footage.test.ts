import { execFileSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  FootageEpisode,
  type FootageFrame,
  peopleSources,
  readFaces,
  readFilm,
  readFrames,
  readIdentities,
} from '../footage/index.ts';
import { readImage } from '../media/index.ts';
import { writeMov } from '../testing/films/movFile.ts';
import { flat, yuv } from '../testing/films/samples.ts';
import { writeTheatreFilm } from '../testing/films/theatreFilm.ts';
import { spawnCli } from '../testing/spawnCli.ts';
import { cli, filesOf } from '../testing/tinyFilm.ts';

/** All with the theatre's own detector and encoder, on films that it would draw. */
describe('moviedreamer footage', () => {
  let dir: string;
  let film: string;
  let data: string;
  let who: string[][];
  let id: string;
  const at = (...path: string[]): string => join(dir, ...path);

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'footage-'));
    await mkdir(at('a'));
    film = at('a', 'The Harbour.mp4');
    // seconds 0 and 1, 2, 3, 4: a wide shot of two, a close-up of each, a place without people
    who = await writeTheatreFilm(film, [
      { shot: 1, frames: 24 },
      { shot: 4, frames: 12 },
      { shot: 7, frames: 12 },
      { shot: 15, frames: 12 },
    ]);
    data = at('data');
    const result = await cli('footage', film, '--out', data, '--json');
    expect([result.code, result.err]).toEqual([0, '']);
    id = (result.events.find(({ type }) => type === 'film') as { film: string }).film;
    expect(result.events.at(-1)).toMatchObject({ type: 'dataset', path: data, films: 1, frames: 5 });
  }, 300_000);
  afterAll(() => rm(dir, { recursive: true, force: true }));

  const framesIn = async (dataset: string, name: string): Promise<FootageFrame[]> => {
    const frames: FootageFrame[] = [];
    for await (const frame of readFrames(dataset, name)) frames.push(frame);
    return frames;
  };

  it('takes a keyframe a second at the preset’s size, and knows its shot', async () => {
    expect(id).toMatch(/^the-harbour-[0-9a-f]{8}$/);
    const frames = await framesIn(data, id);
    expect(frames.map(({ seconds, shot }) => [seconds, shot])).toEqual([
      [0, 0],
      [1, 0],
      [2, 1],
      [3, 2],
      [4, 3],
    ]);
    const picture = await readImage(join(data, frames[2]!.picture));
    expect([picture.width, picture.height]).toEqual([448, 256]);
    const { shots, source, counts } = await readFilm(data, id);
    expect(shots).toEqual([
      { from: 0, to: 2 },
      { from: 2, to: 3 },
      { from: 3, to: 4 },
      { from: 4, to: 5 },
    ]);
    expect(source).toMatchObject({ name: 'The Harbour.mp4', frames: 60, width: 448, height: 256, notes: [] });
    expect(counts).toMatchObject({ frames: 5, framesWithoutPeople: 1, people: 6, faces: 6, identities: 2 });
  });

  it('finds who is who, without names', async () => {
    const frames = await framesIn(data, id);
    const ids = frames.map(({ people }) => people.map(({ identity }) => identity));
    const [lucy, carmen] = ids[0]!;
    expect(who).toEqual([['lucy', 'carmen'], ['carmen'], ['lucy'], []]);
    expect(ids).toEqual([[lucy, carmen], [lucy, carmen], [carmen], [lucy], []]);
    expect([lucy, carmen].sort()).toEqual(['person-01', 'person-02']);
    const { identities } = await readIdentities(data, id);
    expect(identities.map(({ faces }) => faces.length)).toEqual([3, 3]);
    const faces = await readFaces(data, id);
    expect(faces).toHaveLength(6);
    for (const face of faces) expect(Math.hypot(...face)).toBeCloseTo(1, 4);
    expect(frames.flatMap(({ people }) => people.map(({ embedding }) => embedding))).toEqual([
      0, 1, 2, 3, 4, 5,
    ]);
  });

  it('opens as an episode to train on, with other views of each person', async () => {
    const episode = await FootageEpisode.open(data, id);
    const [first] = episode.frames;
    const [lucy] = first!.people;
    const { width, height } = await episode.image(0);
    expect([width, height]).toEqual([448, 256]);
    const views = episode.viewsBeside(lucy!.identity!, 1);
    expect(views).toHaveLength(2);
    expect(views).not.toContain(lucy!.embedding);
    expect(episode.face(views[0]!)).toHaveLength(episode.face(0).length);
    expect(episode.viewsBeside('nobody', 1)).toEqual([]);
    expect(() => episode.face(6)).toThrow('face 6 of 6');
  });

  it('gives the same bytes again, and from nothing', async () => {
    const before = await filesOf(data);
    const again = await cli('footage', film, '--out', data, '--json');
    expect(again.code).toBe(0);
    expect(again.events.some(({ step }) => step === 'keyframes')).toBe(false); // nothing was decoded
    expect(await filesOf(data)).toEqual(before);
    expect((await cli('footage', film, '--out', at('other'))).code).toBe(0);
    expect(await filesOf(at('other'))).toEqual(before);
  }, 120_000);

  it('takes names, merges and splits over from cast.yaml, and looks at nothing again', async () => {
    const dataset = at('cast');
    await cp(data, dataset, { recursive: true });
    const path = join(dataset, 'films', id, 'cast.yaml');
    const written = await readFile(path, 'utf8');
    expect(written).toMatch(/person-01: ~ # 3 faces, first in frames\/000001\.jpg/);
    const cast = async (text: string): Promise<[string, number][]> => {
      await writeFile(path, text);
      const result = await cli('footage', film, '--out', dataset, '--json');
      expect([result.code, result.err]).toEqual([0, '']);
      const looked = result.events.filter(({ type, step }) => type === 'progress' && step === 'keyframes');
      expect(looked).toEqual([]);
      const { identities } = await readIdentities(dataset, id);
      return identities.map(({ name, faces }) => [name, faces.length]);
    };
    const named = written.replace('person-01: ~', 'person-01: Lucy');
    expect(await cast(named)).toEqual([
      ['Lucy', 3],
      ['person-02', 3],
    ]);
    expect(await readFile(path, 'utf8')).toBe(named); // comments and all
    expect(await cast(named.replace('person-02: ~', 'person-02: Lucy'))).toEqual([['Lucy', 6]]);
    expect(await cast(named.replace('person-02: ~', 'person-02: person-01'))).toEqual([['Lucy', 6]]);
    expect(await cast(`${named}split: { person-02: 2 }\n`)).toEqual([
      ['Lucy', 3],
      ['person-02', expect.any(Number)],
      ['person-02b', expect.any(Number)],
    ]);
    expect(await readFile(path, 'utf8')).toMatch(/person-02b: ~ # \d face/);
    expect(await cast(`${named}faces: { 000003/1: person-07, 000004/1: ~ }\n`)).toHaveLength(3);
    expect((await readFilm(dataset, id)).counts.facesDismissed).toBe(1);
    const unnamed = await framesIn(dataset, id);
    expect(unnamed[2]!.people[0]!.identity).toBe('person-07');
    expect(unnamed[3]!.people[0]!.identity).toBe(null);
    expect(await cast(written)).toEqual([
      ['person-01', 3],
      ['person-02', 3],
    ]);
  }, 120_000);

  it.each([
    ['split: { person-09: 2 }', /split: nobody is called person-09/],
    ['faces: { 000009/1: person-01 }', /faces: there is no face 000009\/1/],
    ['people: {}', /cast\.yaml:\d+: .*people/],
    ['identities: [a]', /cast\.yaml/],
    ['version: 2', /cast\.yaml/],
  ])('refuses a cast with %s', async (line, message) => {
    const dataset = at('wrong');
    await rm(dataset, { recursive: true, force: true });
    await cp(data, dataset, { recursive: true });
    const text = line.startsWith('version') ? line : `version: 1\n${line}\n`;
    await writeFile(join(dataset, 'films', id, 'cast.yaml'), text);
    const result = await cli('footage', film, '--out', dataset);
    expect(result.err).toMatch(message);
    expect([result.code, result.out]).toEqual([1, '']);
    expect(result.err).not.toMatch(/DEBUG=1/);
  });

  describe('films that are none', () => {
    const grey = (n: number): Buffer[] =>
      Array.from({ length: n }, (_, i) => flat(64, 48, yuv([40 + 9 * i, 90, 60], 'bt601')));
    const wav = (): Buffer => {
      const head = Buffer.alloc(44);
      head.write('RIFF', 0);
      head.writeUInt32LE(36 + 800, 4);
      head.write('WAVEfmt ', 8);
      head.writeUInt32LE(16, 16);
      head.writeUInt16LE(1, 20);
      head.writeUInt16LE(1, 22);
      head.writeUInt32LE(8000, 24);
      head.writeUInt32LE(16000, 28);
      head.writeUInt16LE(2, 32);
      head.writeUInt16LE(16, 34);
      head.write('data', 36);
      head.writeUInt32LE(800, 40);
      return Buffer.concat([head, Buffer.alloc(800)]);
    };

    it('are refused one by one with a reason, and the others are made', async () => {
      await mkdir(at('b'));
      const twin = at('b', 'The Harbour.mp4'); // the same name, another film
      await writeMov(twin, { width: 64, height: 48, codec: 'I420', frames: grey(13) });
      const one = at('one.mov');
      await writeMov(one, { width: 64, height: 48, codec: 'I420', frames: grey(1) });
      await cp(film, at('short.mp4'));
      await truncate(at('short.mp4'), Math.floor((await stat(film)).size * 0.6));
      await writeFile(at('empty.mp4'), '');
      await writeFile(at('text.mp4'), 'no film');
      await writeFile(at('sound.wav'), wav());
      await cp(twin, at('copy.mov'));
      const bad = ['short.mp4', 'empty.mp4', 'text.mp4', 'sound.wav', 'none.mp4', 'b', 'copy.mov'].map((n) =>
        at(n),
      );
      const dataset = at('many');
      const result = await cli('footage', twin, ...bad, one, '--people', 'none', '--out', dataset, '--json');
      expect(result.code).toBe(1);
      const reasons = [
        /short\.mp4: is cut short by \d+ bytes/,
        /empty\.mp4: is empty/,
        /text\.mp4: is damaged or no video/,
        /sound\.wav: has no video stream/,
        /none\.mp4: cannot be opened; there is no such file/,
        /b: is not a file/,
        /copy\.mov: is the same as The Harbour\.mp4/,
      ];
      const report = JSON.parse(await readFile(join(dataset, 'report.json'), 'utf8')) as {
        films: { name: string; counts: { frames: number; shots: number } }[];
        refused: { path: string; reason: string }[];
      };
      expect(report.refused.map(({ path }) => path)).toEqual(bad);
      for (const [i, reason] of reasons.entries()) {
        expect(report.refused[i]!.reason).toMatch(reason);
        expect(result.err).toMatch(reason);
      }
      expect(report.films.map(({ name, counts }) => [name, counts.frames, counts.shots])).toEqual([
        ['one.mov', 1, 1],
        ['The Harbour.mp4', 2, 1],
      ]);
      // both films of one name in one data set, and nothing is lost
      const both = await cli('footage', film, twin, '--people', 'none', '--out', dataset, '--json');
      expect(both.code).toBe(0);
      expect(both.events.at(-1)).toMatchObject({ films: 3, frames: 8 });
    }, 120_000);

    it('leave out what is asked for, and say so', async () => {
      const result = await cli(
        'footage',
        film,
        '--out',
        at('skip'),
        '--people',
        'none',
        '--skip-start',
        '1',
        '--skip-end',
        '1.5',
      );
      expect(result.code).toBe(0);
      expect(result.err).toMatch(/the beginning, 1\.0 s, is left out: --skip-start/);
      expect(result.err).toMatch(/the end, 1\.5 s, is left out: --skip-end/);
      expect((await framesIn(at('skip'), id)).map(({ seconds }) => seconds)).toEqual([1, 2, 3]);
      expect((await readFilm(at('skip'), id)).counts.framesSkipped).toBe(2);
    });

    it.each([
      [['--every', '0'], /--every/],
      [['--skip-start', '-1'], /auto or a number/],
      [['--same-face', '2'], /from -1 to 1/],
      [['--people', 'nobody'], /Allowed choices are theatre/],
      [['--preset', 'nowhere'], /no folder/],
    ])('refuses %s', async (options, message) => {
      const result = await cli('footage', film, '--out', at('never'), ...options);
      expect(result.err).toMatch(message);
      expect(result.code).toBe(1);
    });
  });

  it('says that the disk is full, and goes on where it has space again', async () => {
    const disk = at('disk');
    await mkdir(disk);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk], { stdio: 'ignore' });
    } catch {
      console.warn('footage.test.ts: may not mount here: a full disk is not tested');
      return;
    }
    try {
      const full = await cli('footage', film, '--out', disk);
      expect(full.code).toBe(1);
      expect(full.err).toMatch(/the disk of .*disk is full; everything that was finished is kept/);
      execFileSync('mount', ['-o', 'remount,size=16m', disk]);
      expect((await cli('footage', film, '--out', disk)).code).toBe(0);
      expect(await filesOf(disk)).toEqual(await filesOf(data));
    } finally {
      execFileSync('umount', ['--lazy', disk]);
    }
  }, 120_000);

  it('gives the same bytes after kill -9', async () => {
    const out = at('killed');
    // at a keyframe that was written, at one that was looked at, and twice at the first event
    for (const at of [1, 1, 4, 6]) {
      let lines = 0;
      const run = spawnCli(['footage', film, '--out', out, '--json'], () => {
        if (++lines === at) run.child.kill('SIGKILL');
      });
      await run.ended;
    }
    expect((await cli('footage', film, '--out', out)).code).toBe(0);
    expect(await filesOf(out)).toEqual(await filesOf(data));
  }, 300_000);

  it('offers the sources that there are', async () => {
    const { out } = await cli('footage', '--help');
    for (const source of peopleSources) expect(out).toContain(`"${source}"`);
  });
});
