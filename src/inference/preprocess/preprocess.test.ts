import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { f32, type TensorData } from '../../graph/data.ts';
import { newImage } from '../../media/image.ts';
import { clipPreprocess } from './clipPreprocess.ts';
import { svdPreprocess } from './svdPreprocess.ts';

const fixtures = new URL('../../../fixtures/', import.meta.url);
const json = (name: string): Record<string, unknown> =>
  JSON.parse(readFileSync(new URL(name, fixtures), 'utf8'));

/** Enough of safetensors for two fixtures: media stands below the runtime and must not import it. */
function tensors(name: string): Map<string, TensorData> {
  const bytes = readFileSync(new URL(name, fixtures));
  const start = 8 + Number(bytes.readBigUInt64LE(0));
  const header: Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }> =
    JSON.parse(bytes.toString('utf8', 8, start));
  return new Map(
    Object.entries(header).map(
      ([
        key,
        {
          dtype,
          shape,
          data_offsets: [from, to],
        },
      ]) => {
        const data = new Uint8Array(bytes.subarray(start + from, start + to));
        const tensor: TensorData =
          dtype === 'U8' ? { dtype: 'uint8', shape, data } : f32(new Float32Array(data.buffer), shape);
        return [key, tensor];
      },
    ),
  );
}

function relativeL2(a: TensorData, b: TensorData): number {
  expect(a.shape).toEqual(b.shape);
  const [x, y] = [a.data as Float32Array, b.data as Float32Array];
  const norm = (f: (i: number) => number): number => Math.sqrt(y.reduce((sum, _, i) => sum + f(i) ** 2, 0));
  return norm((i) => x[i]! - y[i]!) / norm((i) => y[i]!);
}

describe('clipPreprocess', () => {
  const io = tensors('clip_preprocess/io.safetensors');
  const config = json('clip_preprocess/preprocessor_config.json');

  it.each([0, 1])('equals the reference on image %i, every value of it', (i) => {
    const { shape, data } = io.get(`in.image${i}`)!;
    const [height, width] = shape as [number, number, number];
    const out = clipPreprocess({ width, height, data: data as Uint8Array }, config);
    expect(relativeL2(out, io.get(`out.pixel_values${i}`)!)).toBe(0);
  });

  const image = newImage(10, 20, [255, 0, 51]);
  const plain = { do_resize: false, do_center_crop: false, do_normalize: false };
  const at = (t: TensorData, c: number, y: number, x: number): number =>
    (t.data as Float32Array)[(c * t.shape[1]! + y) * t.shape[2]! + x]!;

  it('does each step only when told', () => {
    const raw = clipPreprocess(image, plain);
    expect(raw.shape).toEqual([3, 20, 10]);
    expect([at(raw, 0, 0, 0), at(raw, 1, 0, 0), at(raw, 2, 0, 0)]).toEqual([1, 0, Math.fround(0.2)]);
    expect(at(clipPreprocess(image, { ...plain, do_rescale: false }), 0, 0, 0)).toBe(255);
    expect(at(clipPreprocess(image, { ...plain, rescale_factor: 1 / 51 }), 0, 0, 0)).toBe(5);
    const normal = clipPreprocess(image, {
      ...plain,
      do_normalize: true,
      image_mean: 0.5,
      image_std: [0.5, 0.25, 1],
    });
    expect([at(normal, 0, 0, 0), at(normal, 1, 0, 0)]).toEqual([1, -2]);
  });

  it('takes sizes in every form, and the defaults of the reference', () => {
    const shape = (more: object): readonly number[] => clipPreprocess(image, { ...plain, ...more }).shape;
    expect(shape({ do_resize: true, size: 15 })).toEqual([3, 30, 15]);
    expect(shape({ do_resize: true, size: { shortest_edge: 7 } })).toEqual([3, 14, 7]);
    expect(shape({ do_resize: true, size: { height: 8, width: 9 } })).toEqual([3, 8, 9]);
    expect(shape({ do_center_crop: true, crop_size: { height: 4, width: 6 } })).toEqual([3, 4, 6]);
    expect(clipPreprocess(image, {}).shape).toEqual([3, 224, 224]);
  });

  it('puts zeros around a picture smaller than the crop, the larger half first', () => {
    const out = clipPreprocess(image, {
      ...plain,
      do_center_crop: true,
      crop_size: { height: 3, width: 13 },
    });
    expect([0, 1, 2, 11, 12].map((x) => at(out, 0, 0, x))).toEqual([0, 0, 1, 1, 0]);
  });

  it('refuses what it does not know, by name', () => {
    const bad =
      (more: Record<string, unknown>): (() => unknown) =>
      () =>
        clipPreprocess(image, more);
    expect(bad({ resample: 9 })).toThrow(/resample.*9/);
    expect(bad({ size: { longest_edge: 3 } })).toThrow(/size.*longest_edge/);
    expect(bad({ crop_size: { shortest_edge: 3 } })).toThrow(/crop_size/);
    expect(bad({ image_mean: [1, 2] })).toThrow(/image_mean/);
    expect(bad({ image_std: 0 })).toThrow(/image_std/);
    expect(bad({ image_processor_type: 'ViTImageProcessor' })).toThrow(/ViTImageProcessor/);
  });
});

describe('svdPreprocess', () => {
  const io = tensors('svd_preprocess/io.safetensors');
  const { size, mean, std } = json('svd_preprocess/config.json') as {
    size: [number, number];
    mean: number[];
    std: number[];
  };

  it('equals the reference', () => {
    const out = svdPreprocess(io.get('in.image')!, { size, mean, std });
    expect(relativeL2(out.resized, io.get('out.resized')!)).toBeLessThan(2e-6);
    expect(relativeL2(out.pixelValues, io.get('out.pixel_values')!)).toBeLessThan(2e-6);
  });

  it('leaves an image of the right size as it is, and a flat one flat', () => {
    const image = io.get('in.image')!;
    expect(relativeL2(svdPreprocess(image, { size: [40, 64], mean, std }).resized, image)).toBeLessThan(1e-6);
    const flat = f32(new Float32Array(3 * 9 * 11).fill(0.5), [1, 3, 9, 11]);
    for (const to of [
      [1, 1],
      [4, 30],
      [20, 5],
    ] as const) {
      const { data } = svdPreprocess(flat, { size: to, mean, std }).resized;
      for (const v of data) expect(v).toBeCloseTo(0.5, 6);
    }
  });

  it('refuses wrong shapes and configs', () => {
    const image = f32(new Float32Array(3 * 64), [1, 3, 8, 8]);
    expect(() => svdPreprocess(f32(new Float32Array(64), [1, 1, 8, 8]), { size, mean, std })).toThrow(
      /n, 3, h, w/,
    );
    expect(() => svdPreprocess(image, { size: [0, 3], mean, std })).toThrow(/size/);
    expect(() => svdPreprocess(image, { size, mean: [1], std })).toThrow(/mean/);
  });
});
