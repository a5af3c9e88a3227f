import sharp from 'sharp';
import { type FilmCase, twelfths } from './filmCase.ts';
import { writeMov } from './movFile.ts';
import { palette, v210, yuv } from './samples.ts';

/** Four pixels' worth of PNG frames in a QuickTime file: alpha and 16 bits. */
async function pngFrames(alpha: number, space: 'srgb' | 'rgb16'): Promise<Buffer> {
  const background = { r: 255, g: 0, b: 0, alpha };
  return sharp({ create: { width: 16, height: 12, channels: 4, background } })
    .toColourspace(space)
    .png()
    .toBuffer();
}

/** Other layouts of samples, and codecs that sharp has. */
export const codedCases: readonly FilmCase[] = [
  {
    name: 'YUYV: 4:2:2, packed',
    make: (path) => {
      const frames = palette.map((colour) => {
        const [y, u, v] = yuv(colour, 'bt709');
        return Buffer.alloc(16 * 12 * 2, Buffer.from([y, u, y, v]));
      });
      return writeMov(path, {
        width: 16,
        height: 12,
        codec: 'yuvs',
        frames,
        colour: { matrix: 1, fullRange: false },
      });
    },
    size: [16, 12],
    times: twelfths(0, 1, 2, 3),
    colours: palette,
  },
  {
    name: 'v210: 4:2:2 of 10 bits',
    make: (path) => {
      const frames = palette.map((colour) => v210(48, 12, yuv(colour, 'bt709', false, 10)));
      return writeMov(path, {
        width: 48,
        height: 12,
        codec: 'v210',
        frames,
        colour: { matrix: 1, fullRange: false },
      });
    },
    size: [48, 12],
    times: twelfths(0, 1, 2, 3),
    colours: palette,
    tolerance: 1,
  },
  ...(['srgb', 'rgb16'] as const).map(
    (space): FilmCase => ({
      name: `transparent parts, on white (${space === 'srgb' ? 8 : 16} bits)`,
      make: async (path) => {
        const frames = [await pngFrames(1, space), await pngFrames(0.2, space), await pngFrames(0, space)];
        await writeMov(path, { width: 16, height: 12, codec: 'png ', frames });
      },
      size: [16, 12],
      times: twelfths(0, 1, 2),
      colours: [
        [255, 0, 0],
        [255, 204, 204],
        [255, 255, 255],
      ],
      tolerance: 1,
    }),
  ),
  {
    name: 'motion JPEG (full range)',
    make: async (path) => {
      const frames = await Promise.all(
        palette.map(([r, g, b]) =>
          sharp({ create: { width: 16, height: 16, channels: 3, background: { r, g, b } } })
            .jpeg({ quality: 98 })
            .toBuffer(),
        ),
      );
      await writeMov(path, { width: 16, height: 16, codec: 'jpeg', frames });
    },
    size: [16, 16],
    times: twelfths(0, 1, 2, 3),
    colours: palette,
  },
];
