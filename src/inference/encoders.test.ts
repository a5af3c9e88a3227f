import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compile, input, Parameters, type Scope, type TensorData } from '../graph/index.ts';
import { flipImage, type Image, newImage } from '../media/index.ts';
import {
  clipTextWithProjection,
  clipVisionWithProjection,
  readClipTextConfig,
  readClipVisionConfig,
} from '../models/clip/index.ts';
import { initialValues } from '../nn/initialise.ts';
import { type ModelSource, storeSource } from '../presets/modelSource.ts';
import { Random } from '../random/index.ts';
import { layoutParameters, WorkerHost } from '../runtime/index.ts';
import { planBatches } from './batches.ts';
import { ClipTokenizer, cropFace, FaceEncoder, ImageEncoder, SentenceEncoder } from './encoders.ts';
import { trainTokenizer } from './trainTokenizer.ts';

const json = trainTokenizer(['Mara shows Tom the light between the trees.', 'Snowy forest'], 560);
const tokenizer = new ClipTokenizer(json);
const vision = readClipVisionConfig({
  projection_dim: 6,
  hidden_size: 8,
  intermediate_size: 16,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  image_size: 8,
  patch_size: 4,
});
const text = readClipTextConfig({
  projection_dim: 6,
  hidden_size: 8,
  intermediate_size: 16,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  max_position_embeddings: 40,
  vocab_size: tokenizer.end + 1,
  eos_token_id: tokenizer.end,
});
const preprocess = { size: { height: 8, width: 8 }, do_center_crop: false };

const random = Random.of(1, 'encoders');
const noise = (width: number, height: number): Image => ({
  ...newImage(width, height),
  data: Uint8Array.from({ length: width * height * 3 }, () => random.int(256)),
});

describe('encoders', () => {
  let host: WorkerHost;
  let source: ModelSource;

  beforeAll(async () => {
    host = await WorkerHost.start({ threads: 1 });
    const parameters = new Parameters();
    const p: Scope = parameters.scope();
    clipVisionWithProjection(p, vision, input('pixels', [1, 3, 8, 8]));
    clipTextWithProjection(p, text, input('ids', [1, 4], 'int64'), input('ends', [1], 'int64'));
    const layout = layoutParameters([...parameters]);
    const store = await host.createStore(layout.layout, layout.length);
    const values = new Float32Array(layout.length);
    for (const [i, info] of [...parameters].entries()) {
      values.set(initialValues({ ...info, init: { kind: 'normal', std: 0.4 } }, 3), layout.layout[i]?.offset);
    }
    await host.writeStore(store, 'ema', values);
    source = storeSource(host, store);
  });
  afterAll(() => host.close());

  it('gives each picture the same features alone and in a padded batch', async () => {
    const encoder = new ImageEncoder(source, vision, preprocess);
    const images = Array.from({ length: 13 }, () => noise(14, 10));
    const together = await encoder.encode(images);
    expect([encoder.tokens, encoder.width, encoder.dim]).toEqual([4, 8, 6]);
    expect(together.spatial.length).toBe(13 * 4 * 8);
    for (const i of [0, 7, 8, 12]) {
      const alone = await encoder.encode([images[i] as Image]);
      expectClose(together.embeds.subarray(i * 6, (i + 1) * 6), alone.embeds);
      expectClose(together.spatial.subarray(i * 32, (i + 1) * 32), alone.spatial);
    }
    expect(Math.hypot(...together.embeds.subarray(0, 6))).toBeCloseTo(1, 5);
    expect(together.embeds.subarray(0, 6)).not.toEqual(together.embeds.subarray(6, 12));
    await encoder.release();
  });

  it('takes the spatial tokens from the layer before the last, without the class token', async () => {
    const program = (p: Scope) => {
      const { hiddenStates } = clipVisionWithProjection(p, vision, input('pixels', [1, 3, 8, 8]));
      return { states: hiddenStates.at(-2) as NonNullable<(typeof hiddenStates)[0]> };
    };
    expect(compile(program(new Parameters().scope())).outputs[0]?.shape).toEqual([1, 5, 8]);
    const network = await source.load(program);
    const encoder = new ImageEncoder(source, vision, preprocess);
    const pixels = random.normals(3 * 8 * 8);
    const { states } = await network.run({ pixels: { dtype: 'float32', shape: [1, 3, 8, 8], data: pixels } });
    const { spatial } = await encoder.encodePixels(pixels, 1);
    expectClose(spatial, (states as TensorData).data.subarray(8) as Float32Array);
  });

  it('encodes sentences of all lengths together as alone, in their order', async () => {
    const encoder = new SentenceEncoder(source, text, tokenizer);
    const long = 'Mara shows Tom the light between the trees and the forest';
    const sentences = [
      'Snowy forest',
      long,
      '',
      'light',
      'Mara',
      'the trees',
      'Tom',
      'a',
      'b',
      long.slice(4),
    ];
    const together = await encoder.encode(sentences);
    for (const [i, sentence] of sentences.entries()) {
      expectClose(together.subarray(i * 6, (i + 1) * 6), await encoder.encode([sentence]));
    }
    expect(together.subarray(0, 6)).not.toEqual(together.subarray(18, 24));
  });

  it('cuts what is too long, keeps the end token, and says so', async () => {
    const told: [string, number, number][] = [];
    const encoder = new SentenceEncoder(source, text, tokenizer, {
      onTruncated: (...args) => told.push(args),
    });
    const long = 'x y '.repeat(50).trim();
    const [cut, prefix] = [await encoder.encode([long]), await encoder.encode(['x y '.repeat(19).trim()])];
    expectClose(cut, prefix); // 38 letters and two ends are the model's 40 positions
    expect(told).toEqual([[long, 102, 40]]);
    const { ids } = tokenizer.encode(long, 40);
    expect([ids.length, ids.at(-1)]).toEqual([40, tokenizer.end]);
  });

  it('refuses a tokenizer that is not the model’s, and pixels of another size', async () => {
    const other = { ...text, eosTokenId: 7 };
    expect(() => new SentenceEncoder(source, other, tokenizer)).toThrow(/must belong together/);
    const encoder = new ImageEncoder(source, vision, preprocess);
    await expect(encoder.encodePixels(new Float32Array(10), 1)).rejects.toThrow(/are 192 values, got 10/);
  });

  it('sees the square in the middle of a portrait', async () => {
    const encoder = new FaceEncoder(source, vision, preprocess);
    const face = noise(8, 8);
    const wide = newImage(20, 8);
    for (let y = 0; y < 8; y++) wide.data.set(face.data.subarray(y * 24, y * 24 + 24), (y * 20 + 6) * 3);
    const [a, b, c] = [
      await encoder.encode([face]),
      await encoder.encode([wide]),
      await encoder.encode([flipImage(face)]),
    ];
    expectClose(a, b);
    expect(c).not.toEqual(a);
    expect(await encoder.encode([])).toHaveLength(0);
  });
});

describe('cropFace', () => {
  it('cuts a square that is centred a little above the box, and repeats the border outside', () => {
    const image = newImage(40, 30);
    for (let y = 0; y < 30; y++) for (let x = 0; x < 40; x++) image.data.set([x, y, 0], (y * 40 + x) * 3);
    const crop = cropFace(image, [16, 10, 24, 20]); // side 15, centre (20, 15 - 1.05)
    expect([crop.width, crop.height]).toEqual([15, 15]);
    expect([...crop.data.subarray(0, 3)]).toEqual([13, 6, 0]);
    const corner = cropFace(image, [0, 0, 8, 10]);
    expect([...corner.data.subarray(0, 3)]).toEqual([0, 0, 0]);
    expect([...corner.data.subarray(-3)]).toEqual([11, 10, 0]);
    expect(cropFace(image, [16, 10, 24, 20], 2).width).toBe(30);
    expect(() => cropFace(image, [5, 5, 5, 9])).toThrow(/x0 < x1/);
  });
});

describe('planBatches', () => {
  it('covers all rows and pads at most half of a batch', () => {
    const sizes = (n: number): number[] => planBatches(n).map((b) => b.size);
    expect([sizes(0), sizes(3), sizes(4), sizes(9), sizes(20), sizes(40)]).toEqual([
      [],
      [1, 1, 1],
      [8],
      [8, 1],
      [32],
      [32, 8],
    ]);
    for (let n = 0; n < 70; n++) {
      const plan = planBatches(n);
      expect(plan.reduce((sum, b) => sum + b.to - b.from, 0)).toBe(n);
      for (const { from, to, size } of plan) expect((to - from) * 2).toBeGreaterThanOrEqual(size);
    }
  });
});

function expectClose(a: Float32Array, b: Float32Array): void {
  expect(a.length).toBe(b.length);
  for (const [i, v] of a.entries()) expect(v).toBeCloseTo(b[i] as number, 5);
}
