import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readScript } from '../film/index.ts';
import { ModelLoader } from '../inference/index.ts';
import { cropImage, type Image, newImage, readImage, writePng } from '../media/index.ts';
import { cosineSimilarity } from '../metrics/index.ts';
import { Preset } from '../presets/index.ts';
import { Random } from '../random/index.ts';
import { WorkerHost } from '../runtime/index.ts';
import { frameSentences } from '../script/index.ts';
import { writeTinyDetector } from '../testing/tinyDetector.ts';
import { type TinyFilm, tinyFilm } from '../testing/tinyFilm.ts';
import type { Evaluation } from './evaluation.ts';
import { type EvaluateOptions, type EvaluationEvent, Evaluator, evaluate } from './evaluator.ts';
import { readFilm } from './film.ts';

let film: TinyFilm;
let encoders: { preset: string; weights: string; threads: number };
let frames: string;
let truth: string;
let evaluator: Evaluator;
const random = Random.of(1, 'evaluator');

/** Large patches of random colours, of which a tiny encoder sees something. */
function patches(width: number, height: number): Image {
  const image = newImage(width, height);
  for (let y = 0; y < height; y += 8)
    for (let x = 0; x < width; x += 8) {
      const colour = [random.int(256), random.int(256), random.int(256)];
      for (let j = y; j < Math.min(y + 8, height); j++)
        for (let i = x; i < Math.min(x + 8, width); i++) image.data.set(colour, (j * width + i) * 3);
    }
  return image;
}

beforeAll(async () => {
  film = await tinyFilm();
  const [, preset, , weights] = film.models as [string, string, string, string];
  encoders = { preset, weights, threads: 1 };
  await writeTinyDetector(preset, weights);
  [frames, truth] = [join(film.folder, 'frames'), join(film.folder, 'truth')];
  for (const n of [1, 2, 3]) {
    await writePng(join(frames, `0${n}.png`), patches(56, 32));
    await writePng(join(truth, `000${n}.png`), patches(60, 36)); // no whole number of cells
  }
  evaluator = await Evaluator.load(encoders);
});
afterAll(async () => {
  await evaluator.close();
  await film.remove();
});

async function run(
  source: { truth?: string; frames?: string } = {},
  options: EvaluateOptions = {},
): Promise<{ evaluation: Evaluation; events: EvaluationEvent[] }> {
  const events: EvaluationEvent[] = [];
  const read = await readFilm({ frames, script: film.script, ...source });
  const out = join(film.folder, 'out');
  for await (const event of evaluator.evaluate(read, { out, ...options })) events.push(event);
  const last = events.at(-1);
  if (last?.type !== 'evaluation') throw new Error('no evaluation');
  return { evaluation: last.evaluation, events };
}
const figure = ({ metrics }: Evaluation, key: string): number => metrics.find((m) => m.key === key)!.value;
describe('evaluate', () => {
  it('measures what the encoders see', async () => {
    const { evaluation, events } = await run({ truth });
    expect(events.map((e) => e.type)).toEqual(['film', 'frames', 'notice', 'evaluation']);
    expect(events[1]).toEqual({ type: 'frames', done: 3, frames: 3 });
    const notice = 'one sentence is longer than tiny/clip reads, and cut at its last position: "A woman with';
    expect(evaluation.notices).toEqual([expect.stringContaining(notice)]);
    expect(evaluation.counts).toMatchObject({ shots: 3, frames: 3, trueFrames: 3, characters: 2 });

    const host = await WorkerHost.start({ threads: 1 });
    const models = new ModelLoader(await Preset.open(encoders.preset, encoders), host);
    const clip = await models.imageEncoder();
    const see = async (path: string) => (await clip.encode([await readImage(path)])).embeds;
    const own = [1, 2, 3].map((n) => see(join(frames, `0${n}.png`)));
    const others = [1, 2, 3].map((n) => see(join(truth, `000${n}.png`)));
    const cosines = await Promise.all(own.map(async (o, i) => cosineSimilarity(await o, (await others[i])!)));
    expect(figure(evaluation, 'clip-sim')).toBeCloseTo(cosines.reduce((a, b) => a + b) / 3, 5);
    expect(evaluation.shots.map((s) => s.clipSimilarity?.toFixed(5))).toEqual(
      cosines.map((c) => c.toFixed(5)),
    );
    // tom is in shots 1 and 2, mara in the first only
    expect(figure(evaluation, 'st')).toBeCloseTo(cosineSimilarity((await own[0])!, (await own[1])!), 5);
    const [sentences, script] = [await models.sentenceEncoder(), await readScript(film.script)];
    for (const [i, shot] of evaluation.shots.entries()) {
      expect(shot.sentences.map((s) => s.text)).toEqual(frameSentences(script.shots[i]!, script));
      for (const { text, cosine } of shot.sentences)
        expect(cosine, text).toBeCloseTo(
          cosineSimilarity((await own[i])!, await sentences.encode([text])),
          5,
        );
    }
    expect(evaluation.shots[2]?.sentences.map((s) => s.text)).toEqual(['The sea at night.']);
    const cosine = evaluation.shots[2]?.sentences[0]?.cosine ?? 0;
    expect(evaluation.shots[2]?.clipScore).toBeCloseTo(100 * Math.max(0, cosine), 3);
    const fingerprints = Object.fromEntries(evaluation.encoders.map((e) => [e.role, e.fingerprint]));
    expect(fingerprints.clip).toBe(await models.fingerprint('clip'));
    expect(fingerprints.face).toBe(await models.fingerprint('face'));
    expect(evaluation.encoders.map((e) => e.name)).toEqual(['tiny/clip', 'tiny/face', 'tiny/detector']);
    await host.close();
  });

  it('gives every face that it found, and measures the people by them', async () => {
    const { evaluation } = await run({ truth });
    const { shots, counts } = evaluation;
    expect(counts.faces).toBe(shots.reduce((n, s) => n + s.faces!.length, 0));
    expect(counts.faces).toBeGreaterThan(3);
    for (const { faces = [], width, height } of shots) {
      expect([width, height]).toEqual([56, 32]);
      expect(faces.every(({ box }) => box[2] <= width && box[3] <= height)).toBe(true);
      const people = faces.flatMap((f) => f.character ?? []);
      expect(new Set(people).size).toBe(people.length);
      expect(people.length).toBe(Math.min(faces.length, 2));
    }
    const cast = [2, 1, 0];
    const occm = shots.map(
      (s, i) => 100 * Math.exp(-Math.abs(s.faces!.length - cast[i]!) / (1e-6 + cast[i]!)),
    );
    expect(figure(evaluation, 'occm')).toBeCloseTo(occm.reduce((a, b) => a + b) / 3, 6);
    for (const key of ['lt', 'lt-precision', 'lt-f1', 'cids-cross', 'cids-self', 'copy-paste'])
      expect(evaluation.metrics.map((m) => m.key)).toContain(key);
    const strict = await run({}, { faceThreshold: 1 });
    expect(figure(strict.evaluation, 'lt')).toBe(0);
  });

  it('of true pictures themselves is as good as can be', async () => {
    const { evaluation } = await run({ truth: frames });
    expect(figure(evaluation, 'clip-sim')).toBeCloseTo(1, 5);
    expect(figure(evaluation, 'frechet-clip')).toBeLessThan(1e-5);
  });

  it('writes the same bytes again, pictures by relative paths', async () => {
    const out = join(film.folder, 'same');
    await run({ truth }, { out });
    const files = ['evaluation.json', 'evaluation.html'].map((name) => join(out, name));
    const first = await Promise.all(files.map((f) => readFile(f, 'utf8')));
    await run({ truth }, { out });
    expect(await Promise.all(files.map((f) => readFile(f, 'utf8')))).toEqual(first);
    expect(JSON.parse(first[0]!).shots[0].picture).toBe('../frames/01.png');
    expect(first[1]).toContain('src="../frames/01.png"');
    expect(first[1]).not.toContain(film.folder);
  });

  it('of other pictures in between does not change them', async () => {
    const first = await run();
    const other = await run({ frames: truth });
    expect(figure(other.evaluation, 'st')).not.toBe(figure(first.evaluation, 'st'));
    expect((await run()).evaluation).toEqual(first.evaluation);
  });

  it('opens and closes encoders for one film, too', async () => {
    const events: EvaluationEvent[] = [];
    const out = join(film.folder, 'one');
    for await (const event of evaluate({ frames, script: film.script }, { ...encoders, out }))
      events.push(event);
    const { evaluation } = await run({}, { out });
    expect(events.at(-1)).toEqual(expect.objectContaining({ type: 'evaluation', evaluation }));
  });

  it('refuses a threshold that is no cosine', async () => {
    await expect(run({}, { faceThreshold: Number.NaN })).rejects.toThrow(
      /must be a cosine, -1 \.\. 1, got NaN/,
    );
  });

  it('says which picture is damaged, before it writes anything', async () => {
    const damaged = join(film.folder, 'damaged');
    for (const n of [1, 2, 3])
      await writePng(join(damaged, `${n}.png`), cropImage(patches(16, 16), 0, 0, 9, 9));
    const bytes = await readFile(join(damaged, '2.png'));
    await writeFile(join(damaged, '2.png'), bytes.subarray(0, bytes.length - 20));
    const out = join(film.folder, 'never');
    await expect(run({ frames: damaged }, { out })).rejects.toThrow(
      /damaged\/2\.png: is a damaged or cut short/,
    );
    await expect(readFile(join(out, 'evaluation.json'))).rejects.toThrow(/ENOENT/);
  });
});
