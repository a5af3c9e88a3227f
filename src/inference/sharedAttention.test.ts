import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../random/index.ts';
import { tinyModels } from '../testing/tinyModels.ts';
import type { ImageCodec } from './imageCodec.ts';
import type { Renderer, RenderFrame, RenderOptions } from './renderer.ts';
import { drawRows, rowCount } from './sharedAttention.ts';

const random = (): Random => Random.of(1, 'rows');
const rowsOf = (sees: number[][], rate: number, tokens: number): number[][] => {
  const { data, shape } = drawRows({ sees, rate, random: random() }, tokens);
  const all = [...(data as BigInt64Array)].map(Number);
  return sees.map((_, i) => all.slice(i * (shape[1] as number), (i + 1) * (shape[1] as number)));
};

describe('the rows that pictures read', () => {
  it('are their own, then a share of the others’, drawn without repetition', () => {
    const sees = [
      [1, 2],
      [0, 2],
      [0, 1],
    ];
    const rows = rowsOf(sees, 0.5, 4);
    rows.forEach((own, i) => {
      expect(own.slice(0, 4)).toEqual([4 * i, 4 * i + 1, 4 * i + 2, 4 * i + 3]);
      const drawn = own.slice(4);
      expect(drawn).toHaveLength(4);
      expect(new Set(drawn).size).toBe(4);
      expect(drawn.every((row) => sees[i]?.includes(Math.floor(row / 4)))).toBe(true);
    });
  });

  it('of pictures that see nobody are their own, again and again', () => {
    expect(rowsOf([[], [0]], 1, 2)).toEqual([
      [0, 1, 0, 1],
      [2, 3, 0, 1],
    ]);
    expect(rowsOf([[], []], 1, 2)).toEqual([
      [0, 1],
      [2, 3],
    ]);
  });

  it('must be equally many', () => {
    expect(() => rowCount({ sees: [[1], [0, 2], [0, 1]], rate: 1 }, 4)).toThrow(/equally many/);
    expect(() => rowCount({ sees: [[], [0]], rate: 0.3 }, 4)).toThrow(/share must be 1/);
  });
});

describe('Renderer with shared attention', () => {
  const options: RenderOptions = { width: 56, height: 32, steps: 3, guidance: 2 };
  let renderer: Renderer;
  let codec: ImageCodec;
  let close: () => Promise<void>;

  const frame = (name: string, noise = name): RenderFrame => {
    const stream = Random.of(4, name);
    const vectors = (n: number, d: number): Float32Array[] =>
      Array.from({ length: n }, () => stream.normals(d));
    return {
      tokens: vectors(2, 8),
      sentences: vectors(3, 8),
      faces: [],
      random: Random.of(4, noise, 'noise'),
    };
  };
  const latents = async (frames: RenderFrame[], more: Partial<RenderOptions> = {}): Promise<Float32Array> => {
    let last = new Float32Array();
    for await (const { sample } of renderer.denoise(frames, { ...options, ...more }))
      last = sample as Float32Array<ArrayBuffer>;
    return last;
  };
  const distance = (a: Float32Array, b: Float32Array): number =>
    Math.max(...a.map((v, i) => Math.abs(v - (b[i] as number))));

  beforeAll(async () => {
    const tiny = await tinyModels();
    close = tiny.close;
    codec = await tiny.models.imageCodec();
    renderer = await tiny.models.renderer(codec);
  }, 120_000);
  afterAll(async () => {
    await renderer.release();
    await codec.release();
    await close();
  });

  it('of one picture is the plain renderer, to the bit', async () => {
    const alone = { sees: [[]], rate: 0.5, random: random() };
    expect(await latents([frame('a')], { attention: alone })).toEqual(await latents([frame('a')]));
  });

  it('of two equal pictures gives each as alone, where all is read', async () => {
    const both = { sees: [[1], [0]], rate: 1, random: random() };
    const alone = await latents([frame('a')]);
    const together = await latents([frame('a'), frame('a')], { attention: both });
    expect(distance(together.slice(0, alone.length), alone)).toBeLessThan(1e-4);
    expect(distance(together.slice(alone.length), alone)).toBeLessThan(1e-4);
  });

  it('changes different pictures, the same for the same draws', async () => {
    const both = () => ({ sees: [[1], [0]], rate: 0.5, random: random() });
    const apart = await latents([frame('a'), frame('b')]);
    const together = await latents([frame('a'), frame('b')], { attention: both() });
    expect(distance(together, apart)).toBeGreaterThan(1e-3);
    expect(await latents([frame('a'), frame('b')], { attention: both() })).toEqual(together);
  });

  it('reads given pictures, and gives only the frames', async () => {
    const before = await latents([frame('b')]);
    const reading = (sees: number[][]): Partial<RenderOptions> => ({
      given: { frames: [frame('b')], latents: before },
      attention: { sees, rate: 1, random: random() },
    });
    const alone = await latents([frame('a')]);
    const unread = await latents([frame('a')], reading([[], []]));
    const read = await latents([frame('a')], reading([[], [0]]));
    expect(distance(unread, alone)).toBeLessThan(1e-4);
    expect(distance(read, alone)).toBeGreaterThan(1e-3);
  });
});
