import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { f32 } from '../graph/data.ts';
import { Random } from '../random/index.ts';
import { cropImage, flipImage, fromTensor, type Image, newImage, pasteImage, toTensor } from './image.ts';
import { decodeImage, encodePng, readImage, writePng } from './picture.ts';
import { coverImage, type Filter, resizeImage } from './resample.ts';

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'image-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

function noise(width: number, height: number, seed = 1): Image {
  const random = Random.of(seed, 'noise');
  const image = newImage(width, height);
  for (let i = 0; i < image.data.length; i++) image.data[i] = random.int(256);
  return image;
}

describe('tensors', () => {
  it('go to [-1, 1] CHW and back without loss', () => {
    const image = noise(5, 3);
    const tensor = toTensor([image, flipImage(image)]);
    expect(tensor.shape).toEqual([2, 3, 3, 5]);
    expect(tensor.data[0]).toBeCloseTo(image.data[0]! / 127.5 - 1);
    expect(tensor.data[15]).toBeCloseTo(image.data[1]! / 127.5 - 1);
    expect(fromTensor(tensor)).toEqual([image, flipImage(image)]);
  });

  it('are clamped, and NaN is an error', () => {
    expect([...fromTensor(f32([-9, 0, 9], [3, 1, 1]))[0]!.data]).toEqual([0, 128, 255]);
    expect(() => fromTensor(f32([0, Number.NaN, 0], [3, 1, 1]))).toThrow(/NaN/);
    expect(() => fromTensor(f32([0], [1, 1, 1]))).toThrow(/expected float32/);
    expect(() => toTensor([])).toThrow(/at least one/);
    expect(() => toTensor([newImage(1, 2), newImage(2, 1)])).toThrow(/one size/);
  });
});

describe('crop, paste, flip', () => {
  it('move pixels to where they belong', () => {
    const image = noise(6, 5);
    const part = cropImage(image, 2, 1, 3, 4);
    expect([...part.data.subarray(0, 3)]).toEqual([...image.data.subarray(24, 27)]);
    const canvas = newImage(6, 5);
    pasteImage(canvas, image, -2, -1);
    expect(cropImage(canvas, 0, 0, 4, 4)).toEqual(cropImage(image, 2, 1, 4, 4));
    expect(flipImage(flipImage(image))).toEqual(image);
    expect(flipImage(image).data.subarray(0, 3)).toEqual(image.data.subarray(15, 18));
  });

  it('check their arguments', () => {
    expect(() => cropImage(newImage(4, 4), 2, 0, 3, 1)).toThrow(/inside 4 x 4/);
    expect(() => newImage(0, 3)).toThrow(/0 x 3/);
    expect(() => flipImage({ width: 2, height: 2, data: new Uint8Array(3) })).toThrow(/12 bytes, got 3/);
  });
});

describe('resizeImage', () => {
  it('averages areas exactly with box', () => {
    const image = newImage(4, 2);
    image.data.set([10, 20, 30, 40, 50, 60, 70, 80].flatMap((v) => [v, v, v]));
    const out = resizeImage(image, 2, 1, 'box');
    expect([...out.data]).toEqual([35, 35, 35, 55, 55, 55]);
  });

  it.each(['nearest', 'box', 'bilinear', 'hamming', 'bicubic', 'lanczos'] as Filter[])(
    '%s keeps flat flat',
    (filter) => {
      const flat = newImage(13, 7, [200, 3, 90]);
      for (const [w, h] of [
        [5, 3],
        [30, 29],
        [13, 2],
      ] as const) {
        expect(resizeImage(flat, w, h, filter)).toEqual(newImage(w, h, [200, 3, 90]));
      }
      const image = noise(13, 7);
      expect(resizeImage(image, 13, 7, filter)).toEqual(image);
    },
  );

  it('doubles with bicubic by the known weights of a = -0.5', () => {
    const image = newImage(8, 1);
    for (let x = 4; x < 8; x++) image.data.set([128, 128, 128], x * 3);
    const row = resizeImage(image, 16, 1, 'bicubic').data.filter((_, i) => i % 3 === 0);
    // a step of 128 seen at distances 0.25 and 0.75 from the samples: weights 111/128, 29/128, -9/128, -3/128
    expect([...row.subarray(4, 12)]).toEqual([0, 0, 0, 26, 102, 137, 131, 128]);
  });

  it('covers a frame without distortion', () => {
    const image = newImage(40, 20);
    for (let y = 0; y < 20; y++)
      for (let x = 10; x < 30; x++) image.data.set([255, 255, 255], (y * 40 + x) * 3);
    expect(coverImage(image, 10, 10, 'box')).toEqual(newImage(10, 10, [255, 255, 255]));
  });

  it('refuses an unknown filter', () => {
    expect(() => resizeImage(newImage(2, 2), 1, 1, 'sharp' as Filter)).toThrow(/unknown filter "sharp"/);
  });
});

describe('pictures', () => {
  const raw = { width: 40, height: 30, channels: 3 } as const;

  it('PNG comes back as written, with the same bytes each time', async () => {
    const image = noise(40, 30);
    const path = join(dir, 'new/folder/a.png');
    await writePng(path, image);
    expect(await readImage(path)).toEqual(image);
    expect(new Uint8Array(await readFile(path))).toEqual(new Uint8Array(await encodePng(image)));
    expect(await readdir(join(dir, 'new/folder'))).toEqual(['a.png']);
  });

  it('reads grey, transparent, 16-bit and rotated pictures as upright RGB', async () => {
    const grey = await sharp({ create: { width: 2, height: 2, channels: 3, background: '#808080' } })
      .toColourspace('b-w')
      .png()
      .toBuffer();
    expect([...(await decodeImage(grey)).data]).toEqual(new Array(12).fill(128));
    const glass = { r: 255, g: 0, b: 0, alpha: 0 };
    const clear = await sharp({ create: { width: 1, height: 1, channels: 4, background: glass } })
      .webp({ lossless: true })
      .toBuffer();
    expect([...(await decodeImage(clear)).data]).toEqual([255, 255, 255]);
    const deep = await sharp(noise(40, 30).data, { raw }).toColourspace('rgb16').png().toBuffer();
    expect(await decodeImage(deep)).toEqual(noise(40, 30));
    const turned = await sharp(noise(40, 30).data, { raw }).withMetadata({ orientation: 6 }).png().toBuffer();
    expect(await decodeImage(turned)).toMatchObject({ width: 30, height: 40 });
  });

  it.each(['png', 'jpeg', 'webp'] as const)('a %s cut short anywhere is an error', async (format) => {
    const bytes = await sharp(noise(40, 30).data, { raw })[format]().toBuffer();
    await expect(decodeImage(bytes)).resolves.toMatchObject({ width: 40, height: 30 });
    const cuts = [
      0,
      1,
      7,
      11,
      20,
      60,
      bytes.length >> 1,
      ...Array.from({ length: 16 }, (_, i) => bytes.length - 1 - i),
    ];
    for (const n of cuts) {
      await expect(decodeImage(bytes.subarray(0, n)), `${n} of ${bytes.length} bytes`).rejects.toThrow(
        /cut short|not a|empty/,
      );
    }
  });

  it('a damaged PNG is an error', async () => {
    const bytes = Buffer.from(await encodePng(noise(40, 30)));
    bytes[bytes.length >> 1]! ^= 0xff;
    await expect(decodeImage(bytes, 'x.png')).rejects.toThrow(/x\.png: is a damaged or cut short PNG/);
  });

  it('says what is wrong with other files', async () => {
    await expect(readImage(join(dir, 'none.png'))).rejects.toThrow(
      /none\.png: cannot be opened; there is no such file/,
    );
    await expect(readImage(dir)).rejects.toThrow(/is not a file/);
    await expect(readImage('a\0b.png')).rejects.toThrow(/cannot be opened/);
    await writeFile(join(dir, 'text.png'), 'hello');
    await expect(readImage(join(dir, 'text.png'))).rejects.toThrow(
      /not a PNG, JPEG, WebP, AVIF or GIF picture/,
    );
    await writeFile(join(dir, 'empty.png'), '');
    await expect(readImage(join(dir, 'empty.png'))).rejects.toThrow(/is empty/);
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>');
    await expect(decodeImage(svg)).rejects.toThrow(/is an SVG drawing, expected PNG/);
  });
});
