import { encode, ffmpeg, lossless } from './encode.ts';
import { type FilmCase, grey, twelfths } from './filmCase.ts';
import { greys } from './samples.ts';

/** Films that the program ffmpeg makes: codecs and containers. */
export const programCases: readonly FilmCase[] = [
  ...(
    [
      ['H.264 with reordered frames', 'mp4', [...lossless, '-bf', '2']],
      ['H.264 in Matroska', 'mkv', [...lossless]],
      ['H.264 in MPEG-TS', 'ts', [...lossless]],
      ['FFV1 of 10 bits', 'mkv', ['-c:v', 'ffv1', '-pix_fmt', 'yuv420p10le']],
      [
        'FFV1 in RGB',
        'mkv',
        ['-c:v', 'ffv1', '-pix_fmt', 'gbrp', '-sws_flags', 'accurate_rnd+full_chroma_int'],
      ],
      ['FFV1 in grey', 'mkv', ['-c:v', 'ffv1', '-pix_fmt', 'gray']],
      ['raw BGR, bottom up', 'avi', ['-c:v', 'rawvideo', '-pix_fmt', 'bgr24', '-sws_flags', 'accurate_rnd']],
      ['raw NV12', 'nut', ['-c:v', 'rawvideo', '-pix_fmt', 'nv12']],
      ['raw YUV 4:1:0', 'nut', ['-c:v', 'rawvideo', '-pix_fmt', 'yuv410p']],
      [
        'interlaced MPEG-2',
        'mpg',
        ['-c:v', 'mpeg2video', '-q:v', '1', '-flags', '+ilme+ildct', '-r', '25', '-vf', 'setpts=N/25/TB'],
      ],
      [
        'a film beside sound that begins earlier',
        'mp4',
        ['-f', 'lavfi', '-i', 'sine=d=1', '-vf', 'setpts=PTS+0.3/TB', ...lossless],
      ],
    ] as const
  ).map(
    ([name, ending, options]): FilmCase => ({
      name,
      ending: `made.${ending}`,
      byProgram: true,
      make: (path) => encode(path, ...options),
      size: [64, 48],
      times: name.includes('MPEG-2') ? [0, 1, 2, 3, 4].map((t) => t / 25) : twelfths(0, 1, 2, 3, 4),
      colours: grey(...greys),
      tolerance: name.includes('MPEG-2') ? 4 : 2,
    }),
  ),
  {
    name: '24000/1001 frames a second',
    ending: 'made.mp4',
    byProgram: true,
    make: (path) => encode(path, '-vf', 'settb=1001/24000,setpts=N', '-r', '24000/1001', ...lossless),
    size: [64, 48],
    times: [0, 1, 2, 3, 4].map((t) => (t * 1001) / 24000),
    colours: grey(...greys),
  },
  {
    name: 'a film cut without encoding, in the middle of a group',
    ending: 'made.mp4',
    byProgram: true,
    make: async (path) => {
      const whole = `${path}.whole.mp4`;
      await encode(whole, '-vf', 'setpts=N/5/TB', '-r', '5', ...lossless, '-bf', '0', '-g', '100');
      await ffmpeg('-ss', '0.4', '-i', whole, '-c', 'copy', path);
    },
    size: [64, 48],
    times: [0, 0.2, 0.4],
    colours: grey(120, 160, 200),
  },
];
