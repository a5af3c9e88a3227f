import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { codedCases } from '../testing/films/codedCases.ts';
import { colourCases } from '../testing/films/colourCases.ts';
import { type FilmCase, grey } from '../testing/films/filmCase.ts';
import { writeMov } from '../testing/films/movFile.ts';
import { programCases } from '../testing/films/programCases.ts';
import {
  centre,
  expectNear,
  type Reading,
  read,
  seconds,
  workingBackends,
} from '../testing/films/readFilm.ts';
import { flat, yuv } from '../testing/films/samples.ts';
import { shapeCases } from '../testing/films/shapeCases.ts';
import { openVideo } from './videoSource.ts';

/** The same films through both backends: each has to give the right frames, and both the same to the bit. */
const available = await workingBackends();

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'backends-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const cases: readonly FilmCase[] = [...shapeCases, ...colourCases, ...codedCases, ...programCases];
const canMake = ({ byProgram = false }: FilmCase): boolean => !byProgram || available.has('ffmpeg');
it.skip.each(cases.filter((film) => !canMake(film)))('reads $name', () => undefined);

it.concurrent.each(cases.filter(canMake))('reads $name', async (film) => {
  const { make, ending = 'film.mov', size, times, colours = [], tolerance = 2, check } = film;
  const folder = await mkdtemp(join(dir, 'case-'));
  const path = join(folder, ending);
  await make(path);
  const readings = await Promise.all([...available].map((backend) => read(path, backend)));
  const unit = ending.endsWith('mkv') ? 1e3 : 1e6; // Matroska has whole milliseconds
  for (const { frames, error } of readings) {
    expect(error).toBeUndefined();
    expect([frames[0]!.width, frames[0]!.height]).toEqual(size);
    const rounded = frames.map(({ time }) => Math.round(seconds(time) * unit));
    expect(rounded).toEqual(times.map((t) => Math.round(t * unit)));
    for (const [i, colour] of colours.entries()) expectNear(centre(frames[i]!), colour, tolerance);
    check?.(frames);
  }
  for (const backend of available) {
    let i = 0;
    for await (const frame of (await openVideo(path, backend)).scan()) {
      const colour = colours[i++];
      const covered = await frame.cover(6, 4);
      expect(covered).toMatchObject({ width: 6, height: 4, isField: false });
      if (colour) {
        expectNear(centre(frame.grid(3, 3)), colour, tolerance);
        expectNear(centre(covered), colour, tolerance);
      }
      expect(frame.grid(7, 5)).toMatchObject({ width: 7, height: 5 });
    }
    expect(i).toBe(times.length);
  }
  const [first, second] = readings as [Reading, Reading | undefined];
  if (!second) return;
  expect(second.frames.map(({ time }) => time)).toEqual(first.frames.map(({ time }) => time));
  for (const [i, { data }] of second.frames.entries()) {
    expect(Buffer.compare(data, first.frames[i]!.data)).toBe(0);
  }
});

it.each([...available])('%s gives the first frame at or after each multiple of a time', async (backend) => {
  const path = join(dir, `every-${backend}.mov`);
  const frames = Array.from({ length: 25 }, (_, i) => flat(16, 12, yuv([8 * i, 8 * i, 8 * i], 'bt601')));
  await writeMov(path, { width: 16, height: 12, codec: 'I420', frames, timescale: 10 });
  const source = await openVideo(path, backend);
  expect([source.width, source.height]).toEqual([16, 12]);
  const at = async (every?: number): Promise<number[]> => {
    const times: number[] = [];
    for await (const frame of source.frames(every)) {
      times.push(Math.round(seconds(frame.time) * 10));
      expectNear(centre(frame), grey(8 * times.at(-1)!)[0]!, 2);
    }
    return times;
  };
  expect(await at()).toEqual(frames.map((_, i) => i));
  expect(await at(1)).toEqual([0, 10, 20]);
  expect(await at(0.3)).toEqual([0, 3, 6, 9, 12, 15, 18, 21, 24]);
  expect(await at(0.75)).toEqual([0, 8, 15, 23]);
  await expect(at(-1)).rejects.toThrow('every must be 0 or more seconds, got -1');
});
