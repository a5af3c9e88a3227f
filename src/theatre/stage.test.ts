import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { Random } from '../random/index.ts';
import { Stage } from './stage.ts';
import { generateEpisode } from './story.ts';
import type { Frame } from './types.ts';
import { writeEpisodes } from './write.ts';

const episode = generateEpisode(5, 2, 'train', { shots: 8 });

test('the same shot gives the same bytes, on another stage and in another order', async () => {
  const [a, b] = await Promise.all([Stage.create(), Stage.create()]);
  const first = await a.drawKeyframe(episode, 1);
  await b.drawKeyframe(episode, 4);
  await b.drawKeyframe(generateEpisode(6, 0, 'test', { shots: 2 }), 0);
  const second = await b.drawKeyframe(episode, 1);
  expect(first.data.length).toBe(448 * 256 * 3);
  expect(Buffer.compare(first.data, second.data)).toBe(0);
  expect(Buffer.compare(first.data, (await a.drawKeyframe(episode, 4)).data)).not.toBe(0);
});

test('a clip begins with its keyframe and moves', async () => {
  const stage = await Stage.create();
  const frames: Frame[] = [];
  for await (const frame of stage.drawClip(episode, 0, 4)) frames.push(frame);
  expect(frames).toHaveLength(4);
  expect(Buffer.compare(frames[0]!.data, (await stage.drawKeyframe(episode, 0)).data)).toBe(0);
  expect(Buffer.compare(frames[0]!.data, frames[3]!.data)).not.toBe(0);
});

test('each person has a face box inside the frame, from first to last as in the script', async () => {
  const stage = await Stage.create();
  for (let i = 0; i < episode.shots.length; i++) {
    const { faces } = await stage.drawKeyframe(episode, i);
    expect(faces.map((face) => face.character)).toEqual(
      episode.shots[i]!.characters.map((actor) => actor.id),
    );
    let last = -1;
    for (const { box } of faces) {
      const [x0, y0, x1, y1] = box;
      expect(x0).toBeGreaterThanOrEqual(0);
      expect(y0).toBeGreaterThanOrEqual(0);
      expect(x1).toBeLessThanOrEqual(448);
      expect(y1).toBeLessThanOrEqual(256);
      expect(y1 - y0).toBeGreaterThanOrEqual(40);
      expect(x0 + x1).toBeGreaterThan(last);
      last = x0 + x1;
    }
  }
});

test('a place has the same set in every episode', async () => {
  const stage = await Stage.create();
  const shot = { ...episode.shots[0]!, characters: [] };
  const elsewhere = generateEpisode(6, 0, 'test', { shots: 2 });
  const [here, there] = await Promise.all(
    [episode, elsewhere].map((one) => stage.drawKeyframe({ ...one, shots: [shot] }, 0)),
  );
  expect(Buffer.compare(here!.data, there!.data)).toBe(0);
});

const someone = episode.shots.find((shot) => shot.characters.length > 0)!;

test('somebody alone in a wide shot stands always at the same place', async () => {
  const stage = await Stage.create();
  const boxes: string[] = [];
  for (const seed of [1, 2, 3, 4, 5, 6, 7, 8]) {
    const shot = { ...someone, size: 'wide' as const, characters: [someone.characters[0]!], seed };
    boxes.push((await stage.drawKeyframe({ ...episode, shots: [shot] }, 0)).faces[0]!.box.join());
  }
  expect(new Set(boxes)).toEqual(new Set(['262,63,312,118']));
});

test('two seeds of a shot give one of few pictures: nothing differs by some pixels', async () => {
  const stage = await Stage.create();
  // the hands are the script's, the face is the only one of its kind, and fog has no clouds
  const actor = { ...someone.characters[0]!, pose: 'wave' as const, expression: 'neutral' as const };
  const shot = { ...someone, size: 'close-up' as const, weather: 'fog' as const, characters: [actor, actor] };
  const pictures = new Set<string>();
  for (let seed = 0; seed < 24; seed++) {
    const { data } = await stage.drawKeyframe({ ...episode, shots: [{ ...shot, seed }] }, 0);
    pictures.add(Buffer.from(data).toString('base64'));
  }
  expect(pictures.size).toBe(4); // two neutral faces for each of two people
});

test('clouds and hands differ with the seed, and frames of twice the size show the same', async () => {
  const [stage, large] = [await Stage.create(), await Stage.create({ width: 896, height: 512 })];
  const outside = { ...someone, place: 'beach' as const, weather: 'clear' as const, size: 'wide' as const };
  const actor = { ...someone.characters[0]!, pose: 'stand' as const };
  const seen = new Set<string>();
  for (let seed = 0; seed < 40; seed++) {
    const one = { ...episode, shots: [{ ...outside, characters: [actor], seed }] };
    const [small, twice] = [await stage.drawKeyframe(one, 0), await large.drawKeyframe(one, 0)];
    seen.add(Buffer.from(small.data).toString('base64'));
    const half = twice.faces[0]!.box.map((v) => v / 2);
    for (const [i, v] of small.faces[0]!.box.entries())
      expect(Math.abs(v - half[i]!)).toBeLessThanOrEqual(0.75);
  }
  expect(seen.size).toBeGreaterThan(8);
});

test('rain falls at the same places in every shot', async () => {
  const stage = await Stage.create();
  const shot = { ...someone, place: 'beach' as const, weather: 'rain' as const, characters: [] };
  const skies = new Set<string>();
  for (let seed = 0; seed < 12; seed++) {
    const { data } = await stage.drawKeyframe({ ...episode, shots: [{ ...shot, seed }] }, 0);
    skies.add(Buffer.from(data).toString('base64'));
  }
  expect(skies.size).toBe(3); // banks of clouds
});

test('people hide the background where their face is', async () => {
  const stage = await Stage.create();
  const index = episode.shots.findIndex((shot) => shot.size !== 'wide' && shot.characters.length > 0);
  const shot = episode.shots[index]!;
  const empty = { ...episode, shots: [{ ...shot, characters: [] }] };
  const [full, bare] = [await stage.drawKeyframe(episode, index), await stage.drawKeyframe(empty, 0)];
  const [x0, y0, x1, y1] = full.faces[0]!.box;
  const at = (Math.round((y0 + y1) / 2) * 448 + Math.round((x0 + x1) / 2)) * 3;
  const difference = [0, 1, 2].reduce((sum, c) => sum + Math.abs(full.data[at + c]! - bare.data[at + c]!), 0);
  expect(difference).toBeGreaterThan(30);
});

test('portraits: plain ones are fixed, jittered ones vary', async () => {
  const stage = await Stage.create();
  const { identity } = episode.characters[0]!;
  const plain = await stage.drawPortrait(identity);
  expect([plain.width, plain.height, plain.data.length]).toEqual([128, 128, 128 * 128 * 3]);
  expect(Buffer.compare(plain.data, (await stage.drawPortrait(identity)).data)).toBe(0);
  const [a, b] = [1, 2].map((n) => stage.drawPortrait(identity, { jitter: Random.of(n, 'jitter') }));
  expect(Buffer.compare((await a!).data, (await b!).data)).not.toBe(0);
});

test('wrong sizes and shots are refused', async () => {
  await expect(Stage.create({ width: 400, height: 256 })).rejects.toThrow('got 400 x 256');
  const stage = await Stage.create({ width: 224, height: 128 });
  expect((await stage.drawKeyframe(episode, 0)).data.length).toBe(224 * 128 * 3);
  await expect(stage.drawKeyframe(episode, 8)).rejects.toThrow('shots 0 to 7, shot 8');
});

test('writeEpisodes writes a folder that a script reader understands', async () => {
  const out = await mkdtemp(join(tmpdir(), 'theatre-'));
  try {
    const clips: string[] = [];
    const encodeClip = async (path: string, frames: AsyncIterable<Frame>): Promise<void> => {
      for await (const _ of frames) break;
      clips.push(path);
    };
    await writeEpisodes({
      out,
      episodes: 1,
      seed: 3,
      split: 'validation',
      shots: 2,
      width: 224,
      height: 128,
      encodeClip,
    });
    const folder = join(out, '0000');
    const script = parse(await readFile(join(folder, 'script.yaml'), 'utf8'));
    expect(script.shots).toHaveLength(2);
    const files = await readdir(folder);
    for (const { face } of Object.values(script.characters) as { face: string }[])
      expect(files).toContain(face);
    expect(files).toEqual(
      expect.arrayContaining(['labels.json', 'faces.json', 'contact-sheet.png', 'keyframes', 'clips']),
    );
    expect(await readdir(join(folder, 'keyframes'))).toEqual(['0001.png', '0002.png']);
    expect(clips).toEqual([join(folder, 'clips', '0001.mp4'), join(folder, 'clips', '0002.mp4')]);
  } finally {
    await rm(out, { recursive: true });
  }
});
