import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkpointSource } from '../presets/modelSource.ts';
import { Random } from '../random/index.ts';
import { tinyModels } from '../testing/tinyModels.ts';
import { Autoregressor, type Generation, type ScriptFrame } from './autoregressor.ts';
import type { ModelLoader } from './loader.ts';

const SHOTS = 12;

/** Shots of different lengths with random embeddings; the tiny context holds four of them. */
function frames(count: number): ScriptFrame[] {
  const random = Random.of(3, 'frames');
  return Array.from({ length: count }, (_, i) => {
    const people = i % 3;
    const layout: ScriptFrame['layout'][number][] = [
      { kind: 'identifier', text: '[START_OF_FRAME]' },
      { kind: 'identifier', text: 'Plots:' },
      ...Array.from({ length: people }, (_, j) => ({ kind: 'face', character: `c${j}` }) as const),
      { kind: 'identifier', text: '-' },
      { kind: 'sentence', text: `${i}` },
      { kind: 'visual', index: 0 },
      { kind: 'visual', index: 1 },
      { kind: 'identifier', text: '[END_OF_FRAME]' },
    ];
    return {
      layout,
      sentences: [random.normals(8)],
      faces: Array.from({ length: people }, () => random.normals(6)),
    };
  });
}

describe('Autoregressor', () => {
  const script = frames(SHOTS);
  let close: () => Promise<void>;
  let models: ModelLoader;
  let model: Autoregressor;
  let whole: Float32Array[][];

  const draw = (shot: number): Random => Random.of(5, 'tokens', shot);
  const reference = [Random.of(1, 'r').normals(8), Random.of(2, 'r').normals(8)];

  async function run(generation: Generation, from: number, to: number): Promise<Float32Array[][]> {
    const all: Float32Array[][] = [];
    for (let i = from; i < to; i++)
      all.push((await generation.next(script[i] as ScriptFrame, draw(i))).tokens);
    return all;
  }

  beforeAll(async () => {
    const tiny = await tinyModels();
    close = tiny.close;
    models = tiny.models;
    model = await tiny.models.autoregressor();
    const generation = await model.begin([reference]);
    whole = await run(generation, 0, SHOTS);
    await generation.release();
  });
  afterAll(async () => {
    await model.release();
    await close();
  });

  it('brings what it draws to the mean and variance of compressed tokens', () => {
    for (const token of whole.flat()) {
      const mean = token.reduce((a, b) => a + b, 0) / token.length;
      expect(mean).toBeCloseTo(0, 4);
      expect(token.reduce((a, b) => a + (b - mean) ** 2, 0) / token.length).toBeCloseTo(1, 3);
    }
  });

  it('says two finite tokens a shot, and not the same ones twice', () => {
    expect(whole.flat().every((t) => t.length === 8 && t.every(Number.isFinite))).toBe(true);
    expect(new Set(whole.flat().map(String)).size).toBe(2 * SHOTS);
  });

  it('goes on, from any shot, with the very bits of a film that was not stopped', async () => {
    for (const from of [1, 4, 5, 8, 11]) {
      const generation = await model.begin([reference]);
      const lengths = script.slice(0, from).map((frame) => generation.lengthOf(frame));
      await generation.resume(lengths, async (i) => ({
        ...(script[i] as ScriptFrame),
        tokens: whole[i] as Float32Array[],
      }));
      expect(await run(generation, from, SHOTS)).toEqual(whole.slice(from));
      await generation.release();
    }
  });

  it('draws another take of a shot without changing any other', async () => {
    const generation = await model.begin([reference]);
    const takes: (Float32Array[] | undefined)[] = [];
    for (const [i, frame] of script.entries()) {
      const result = await generation.next(frame, draw(i), i === 6 ? [{ random: Random.of(6, 'take') }] : []);
      expect(result.tokens).toEqual(whole[i]);
      takes.push(result.others[0]);
    }
    expect(takes.filter(Boolean)).toHaveLength(1);
    expect(takes[6]).not.toEqual(whole[6]);
    await generation.release();
  });

  it('hears the reference pictures and the shots before', async () => {
    const without = await model.begin();
    expect(await run(without, 0, 1)).not.toEqual(whole.slice(0, 1));
    await without.release();
    const other = await model.begin([reference]);
    const late = await run(other, 1, 2);
    expect(late[0]).not.toEqual(whole[1]);
    await other.release();
  });

  it('without face tokens says the same whoever plays, also when it goes on', async () => {
    const { preset, host } = models;
    const source = await checkpointSource(host, preset.weights('autoregressor'));
    const config = { ...model.config, faceTokens: false };
    const faceless = new Autoregressor(source, config, model.tokenizer, model.settings);
    const say = async (
      people: (frame: ScriptFrame) => readonly Float32Array[],
    ): Promise<Float32Array[][]> => {
      const generation = await faceless.begin();
      const all: Float32Array[][] = [];
      for (const [i, frame] of script.entries())
        all.push((await generation.next({ ...frame, faces: people(frame) }, draw(i))).tokens);
      await generation.release();
      return all;
    };
    const said = await say((frame) => frame.faces);
    expect(await say((frame) => frame.faces.map((face) => face.map((v) => -v)))).toEqual(said);

    const generation = await faceless.begin();
    const lengths = script.slice(0, 8).map((frame) => generation.lengthOf(frame));
    const plain = await model.begin();
    const people = script.slice(0, 8).map((frame) => frame.faces.length);
    expect(lengths).toEqual(
      script.slice(0, 8).map((frame, i) => plain.lengthOf(frame) - (people[i] as number)),
    );
    await plain.release();
    await generation.resume(lengths, async (i) => ({
      ...(script[i] as ScriptFrame),
      tokens: said[i] as Float32Array[],
    }));
    expect(await run(generation, 8, SHOTS)).toEqual(said.slice(8));
    await generation.release();
    await faceless.release();
  });

  it('runs a script that is longer than a chunk in several', async () => {
    const generation = await model.begin();
    const [frame] = frames(1) as [ScriptFrame];
    const sentences = Array.from({ length: 50 }, () => frame.sentences[0] as Float32Array);
    const layout = [
      frame.layout[0],
      ...sentences.map(() => frame.layout[3]),
      ...frame.layout.slice(-3),
    ] as ScriptFrame['layout'];
    const { tokens } = await generation.next({ layout, sentences, faces: [] }, draw(0));
    expect(tokens.flatMap((t) => [...t]).every(Number.isFinite)).toBe(true);
    await expect(
      generation.next(
        {
          layout: Array.from({ length: 130 }, () => layout[1]) as ScriptFrame['layout'],
          sentences: [],
          faces: [],
        },
        draw(0),
      ),
    ).rejects.toThrow(/130 positions/);
    await generation.release();
  });
});
