import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { Random } from '../random/index.ts';
import { Stage } from './stage.ts';
import { generateEpisode } from './story.ts';
import { expressions, type Frame } from './types.ts';
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

test('the camera stands still: where nobody is and the sky is clear, nothing moves', async () => {
  const stage = await Stage.create();
  const empty = { ...episode.shots[0]!, weather: 'clear' as const, characters: [] };
  const frames: Frame[] = [];
  for await (const frame of stage.drawClip({ ...episode, shots: [empty] }, 0, 12)) frames.push(frame);
  expect(Buffer.compare(frames[0]!.data, frames[11]!.data)).toBe(0);
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

test('a picture follows from what the script says: seeds differ in nothing', async () => {
  const stage = await Stage.create();
  const actors = (['neutral', 'thoughtful'] as const).map((expression, i) => ({
    ...someone.characters[0]!,
    ...{ pose: 'stand' as const, expression, talking: i === 0 },
  }));
  for (const weather of ['clear', 'rain'] as const) {
    const shot = {
      ...someone,
      place: 'beach' as const,
      size: 'medium' as const,
      weather,
      characters: actors,
    };
    const pictures = new Set<string>();
    const ends = new Set<string>();
    for (let seed = 0; seed < 6; seed++) {
      const one = { ...episode, shots: [{ ...shot, seed }] };
      pictures.add(Buffer.from((await stage.drawKeyframe(one, 0)).data).toString('base64'));
      for await (const frame of stage.drawClip(one, 0, 1, { first: 30 }))
        ends.add(Buffer.from(frame.data).toString('base64'));
    }
    expect([pictures.size, ends.size]).toEqual([1, 1]);
  }
});

test('frames of twice the size show the same', async () => {
  const [stage, large] = [await Stage.create(), await Stage.create({ width: 896, height: 512 })];
  for (const place of ['beach', 'kitchen'] as const) {
    const one = { ...episode, shots: [{ ...someone, place, size: 'wide' as const }] };
    const [small, twice] = [await stage.drawKeyframe(one, 0), await large.drawKeyframe(one, 0)];
    for (const [f, face] of small.faces.entries())
      for (const [i, v] of face.box.entries())
        expect(Math.abs(v - twice.faces[f]!.box[i]! / 2)).toBeLessThanOrEqual(0.75);
  }
});

test('each expression has a face of its own', async () => {
  const stage = await Stage.create();
  const pictures = new Set<string>();
  for (const expression of expressions) {
    const actor = { ...someone.characters[0]!, pose: 'stand' as const, expression };
    const shot = { ...someone, size: 'close-up' as const, characters: [actor] };
    const { data } = await stage.drawKeyframe({ ...episode, shots: [shot] }, 0);
    pictures.add(Buffer.from(data).toString('base64'));
  }
  expect(pictures.size).toBe(expressions.length);
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
