import { expect } from 'vitest';
import { type FilmCase, grey, twelfths } from './filmCase.ts';
import { type MovFile, writeMov } from './movFile.ts';
import { pixel } from './readFilm.ts';
import { greyFilm, greys } from './samples.ts';

/** Bright upper left corner, by the eight matrices that containers write; where it lies when upright. */
const turns: readonly [string, MovFile['turn'], 'x' | 'y' | 'xy' | '', boolean][] = [
  ['as stored', [1, 0, 0, 1], '', false],
  ['mirrored left to right', [-1, 0, 0, 1], 'x', false],
  ['turned by 180 degrees', [-1, 0, 0, -1], 'xy', false],
  ['mirrored top to bottom', [1, 0, 0, -1], 'y', false],
  ['transposed', [0, 1, 1, 0], '', true],
  ['turned clockwise', [0, 1, -1, 0], 'x', true],
  ['transposed the other way', [0, -1, -1, 0], 'xy', true],
  ['turned counter-clockwise', [0, -1, 1, 0], 'y', true],
];

function turned([name, turn, corner, transposed]: (typeof turns)[number]): FilmCase {
  const [width, height] = [16, 12];
  const luma = Buffer.alloc(width * height, 40);
  for (let y = 0; y < 4; y++) luma.fill(200, y * width, y * width + 8);
  const frame = Buffer.concat([luma, Buffer.alloc((width * height) / 2, 128)]);
  const [w, h] = transposed ? [height, width] : [width, height];
  return {
    name: `a film ${name}`,
    make: (path) => writeMov(path, { width, height, codec: 'I420', frames: [frame], turn: turn! }),
    size: [w, h],
    times: [0],
    check: ([image]) => {
      const bright = [0, w - 1].flatMap((x) =>
        [0, h - 1].filter((y) => pixel(image!, x, y)[0]! > 150).map((y) => [x, y]),
      );
      expect(bright).toEqual([[corner.includes('x') ? w - 1 : 0, corner.includes('y') ? h - 1 : 0]]);
      const along =
        pixel(image!, corner.includes('x') ? w - 6 : 5, corner.includes('y') ? h - 1 : 0)[0]! > 150;
      expect(along).toBe(!transposed); // the bright part is wider than high
    },
  };
}

/** When frames are shown, how they are held, and the shape of their pixels. */
export const shapeCases: readonly FilmCase[] = [
  {
    name: 'a constant rate',
    make: (path) => writeMov(path, greyFilm()),
    size: [16, 12],
    times: twelfths(0, 1, 2, 3, 4),
    colours: grey(...greys),
  },
  {
    name: 'a variable rate: frames are neither repeated nor left out',
    make: (path) =>
      writeMov(path, { ...greyFilm(), timescale: 24000, durations: [1001, 5005, 1001, 24024, 1001] }),
    size: [16, 12],
    times: [0, 1001 / 24000, 6006 / 24000, 7007 / 24000, 31031 / 24000],
    colours: grey(...greys),
  },
  {
    name: 'a film that an edit list cuts at both ends',
    make: (path) => writeMov(path, { ...greyFilm(), edit: { start: 1, duration: 3 } }),
    size: [16, 12],
    times: twelfths(0, 1, 2),
    colours: grey(80, 120, 160),
  },
  ...turns.map(turned),
  {
    name: 'pixels that are wider than high',
    make: (path) => writeMov(path, { ...greyFilm(), pixelAspect: [4, 3] }),
    size: [21, 12],
    times: twelfths(0, 1, 2, 3, 4),
    colours: grey(...greys),
  },
  {
    name: 'pixels that are wider than high, turned',
    make: (path) => writeMov(path, { ...greyFilm(), pixelAspect: [4, 3], turn: [0, 1, -1, 0] }),
    size: [12, 21],
    times: twelfths(0, 1, 2, 3, 4),
    colours: grey(...greys),
  },
  {
    name: 'a file name that FFmpeg could take for a protocol and a pattern',
    ending: 'a:b %d.mov',
    make: (path) => writeMov(path, greyFilm()),
    size: [16, 12],
    times: twelfths(0, 1, 2, 3, 4),
  },
];
