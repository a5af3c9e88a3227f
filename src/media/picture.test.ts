import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Image } from './image.ts';
import { decodeImage, readImage } from './picture.ts';

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'picture-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const red = { r: 200, g: 30, b: 60 };
const flat = (width = 64, height = 48): Sharp =>
  sharp({ create: { width, height, channels: 3, background: red }, limitInputPixels: false });

/** A new pipeline, since a profile is attached to pixels that are final. */
const flatPng = async (): Promise<Sharp> => sharp(await flat().png().toBuffer());

function expectColour(image: Image, colour: readonly number[], tolerance: number): void {
  for (const [i, value] of image.data.entries()) {
    expect(Math.abs(value - colour[i % 3]!)).toBeLessThanOrEqual(tolerance);
  }
}

describe('decodeImage', () => {
  it.each<[string, number, () => Promise<Buffer>]>([
    ['PNG', 0, () => flat().png().toBuffer()],
    ['PNG with a palette', 0, () => flat().png({ palette: true }).toBuffer()],
    ['PNG of 16 bits', 0, () => flat().toColourspace('rgb16').png().toBuffer()],
    ['JPEG', 2, () => flat().jpeg().toBuffer()],
    ['progressive JPEG', 2, () => flat().jpeg({ progressive: true }).toBuffer()],
    ['WebP', 0, () => flat().webp({ lossless: true }).toBuffer()],
    ['AVIF', 3, () => flat().avif({ quality: 90, effort: 0 }).toBuffer()],
    ['AVIF of 10 bits', 3, () => flat().avif({ quality: 90, effort: 0, bitdepth: 10 }).toBuffer()],
    ['GIF', 0, () => flat().gif().toBuffer()],
    ['PNG in Display P3', 1, async () => (await flatPng()).withIccProfile('p3').png().toBuffer()],
    [
      'PNG of 16 bits in sRGB, tagged',
      1,
      async () => (await flatPng()).toColourspace('rgb16').withIccProfile('srgb').png().toBuffer(),
    ],
    [
      'PNG of 16 bits in Display P3',
      1,
      async () => (await flatPng()).toColourspace('rgb16').withIccProfile('p3').png().toBuffer(),
    ],
  ])('reads %s as sRGB', async (_, tolerance, bytes) => {
    const image = await decodeImage(await bytes());
    expect([image.width, image.height]).toEqual([64, 48]);
    expectColour(image, [200, 30, 60], tolerance);
  });

  it('stores the numbers of Display P3 in its test pictures', async () => {
    const bytes = await (await flatPng()).withIccProfile('p3').png().toBuffer();
    const raw = await sharp(bytes, { ignoreIcc: true }).raw().toBuffer();
    expect([...raw.subarray(0, 3)]).toEqual([184, 50, 64]); // what a reader that ignores the profile shows
  });

  it('reads CMYK and grey', async () => {
    const cmyk = await sharp({ create: { width: 8, height: 8, channels: 3, background: '#808080' } })
      .toColourspace('cmyk')
      .jpeg()
      .toBuffer();
    expectColour(await decodeImage(cmyk), [128, 128, 128], 16); // by way of the profiles that libvips assumes
    for (const space of ['b-w', 'grey16']) {
      expectColour(await decodeImage(await flat().toColourspace(space).png().toBuffer()), [103, 103, 103], 1);
    }
  });

  it('lays transparent parts on white', async () => {
    const half = sharp({
      create: { width: 8, height: 8, channels: 4, background: { r: 255, g: 0, b: 0, alpha: 0.5 } },
    });
    for (const bytes of [
      await half.clone().png().toBuffer(),
      await half.clone().webp({ lossless: true }).toBuffer(),
    ]) {
      expectColour(await decodeImage(bytes), [255, 127, 127], 1);
    }
  });

  /** Letters of the corners as stored (upper left, upper right, lower left, lower right) so that ABCD is upright. */
  it.each([
    [1, 'ABCD'],
    [2, 'BADC'],
    [3, 'DCBA'],
    [4, 'CDAB'],
    [5, 'ACBD'],
    [6, 'BDAC'],
    [7, 'DBCA'],
    [8, 'CADB'],
  ])('turns EXIF orientation %i upright', async (orientation, stored) => {
    const [width, height] = orientation < 5 ? [6, 4] : [4, 6];
    const data = Buffer.alloc(width * height * 3);
    for (const [corner, letter] of [...stored].entries()) {
      const at = (corner >> 1) * (height - 1) * width + (corner & 1) * (width - 1);
      data.fill(letter.charCodeAt(0), at * 3, at * 3 + 3);
    }
    const png = sharp(data, { raw: { width, height, channels: 3 } }).withMetadata({ orientation });
    const image = await decodeImage(await png.png().toBuffer());
    expect([image.width, image.height]).toEqual([6, 4]);
    const letters = [0, 5, 18, 23].map((pixel) => String.fromCharCode(image.data[pixel * 3]!));
    expect(letters.join('')).toBe('ABCD');
  });

  it('halves pictures of more than 25 megapixels while it decodes them', async () => {
    const large = flat(6001, 5000).jpeg({ quality: 95 });
    const image = await decodeImage(await large.clone().withMetadata({ orientation: 6 }).toBuffer());
    expect([image.width, image.height]).toEqual([2500, 3001]);
    expectColour({ ...image, data: image.data.subarray(0, 3000) }, [200, 30, 60], 2);
    const cut = await large.toBuffer();
    await expect(decodeImage(cut.subarray(0, cut.length * 0.7))).rejects.toThrow(/damaged or cut short JPEG/);
  });

  it('refuses absurdly large pictures by their head', async () => {
    const png = await flat(8, 8).png().toBuffer();
    png.writeUInt32BE(60_000, 16);
    png.writeUInt32BE(60_000, 20);
    png.writeUInt32BE(0xfb0e215, 29); // the chunk's checksum
    await expect(decodeImage(png, 'huge.png')).rejects.toThrow(
      'huge.png: has 60000 x 60000 pixels, more than 300 million; save a smaller picture',
    );
  });

  it('refuses animations', async () => {
    const two = sharp([await flat().png().toBuffer(), await flat().negate().png().toBuffer()], {
      join: { animated: true },
    });
    for (const bytes of [await two.clone().gif().toBuffer(), await two.clone().webp().toBuffer()]) {
      await expect(decodeImage(bytes, 'face')).rejects.toThrow(
        'face: is an animation of 2 frames, expected a still picture; save one of its frames',
      );
    }
  });

  const iso = (brands: string): string => `\0\0\0${String.fromCharCode(8 + brands.length)}ftyp${brands}`;
  it.each([
    ['heic\0\0\0\0mif1heic', /is a HEIC picture, .*expected PNG, JPEG.*; save it as JPEG: on an iPhone/, iso],
    ['mif1\0\0\0\0mif1miafheix', /is a HEIC picture/, iso],
    ['isom\0\0\x02\0isomavc1mp41', /is a film, .*save one of its frames/, iso],
    [
      'II*\0',
      /is a TIFF or raw camera picture, expected PNG, JPEG, WebP, AVIF or GIF; save it as JPEG or PNG/,
    ],
    [
      '<?xml version="1.0"?>\n<!-- a -->\n<svg xmlns="http://www.w3.org/2000/svg">',
      /is an SVG drawing.*export it as PNG/,
    ],
    ['<!DOCTYPE html><html>', /is a web page.*download the picture itself/],
    ['version https://git-lfs.github.com/spec/v1\n', /Git LFS pointer.*git lfs pull/],
    ['hello', /is not a PNG, JPEG, WebP, AVIF or GIF picture; save it again/],
    ['', /is empty/],
  ])('refuses %j by name', async (text, message, wrap = (s: string) => s) => {
    await expect(decodeImage(Buffer.from(wrap(text), 'latin1'))).rejects.toThrow(message);
  });
});

describe('names that look alike', () => {
  it.each(['NFC', 'NFD'] as const)('are found when the file is named in %s', async (stored) => {
    const other = stored === 'NFC' ? 'NFD' : 'NFC';
    const folder = await mkdtemp(join(dir, 'Möwe-'.normalize(stored)));
    await flat(8, 8)
      .png()
      .toFile(join(folder, 'é 가.png'.normalize(stored)));
    const image = await readImage(join(folder, 'é 가.png').normalize(other));
    expect([image.width, image.height]).toEqual([8, 8]);
  });

  it('are refused when several files have them, unless one is named exactly', async () => {
    const [mixed, nfc, nfd] = ['é\u0301', 'NFC', 'NFD'].map((form) =>
      join(dir, form.startsWith('NF') ? 'éé.png'.normalize(form) : 'ée\u0301.png'),
    ) as [string, string, string];
    await flat(8, 8).png().toFile(nfc);
    await flat(9, 9).png().toFile(nfd);
    expect((await readImage(nfd)).width).toBe(9);
    await expect(readImage(mixed)).rejects.toThrow(/2 files that look alike.*rename all but one/);
    await writeFile(mixed, '');
    await expect(readImage(mixed)).rejects.toThrow(/is empty/);
  });

  it('leave a missing file missing', async () => {
    await expect(readImage(join(dir, 'è.png'))).rejects.toThrow(/there is no such file/);
  });
});
