import type { Timeline, TimelineShot } from '../interchange/index.ts';

/** A timeline of `count` shots of different lengths, whose files need not be there. */
export function timelineOf(
  count: number,
  { fps = 24, hasSound = false }: { readonly fps?: number; readonly hasSound?: boolean } = {},
): Timeline {
  let at = 0;
  const shots = Array.from({ length: count }, (_, i): TimelineShot => {
    const frames = 1 + ((i * 7) % 61);
    const name = String(i + 1).padStart(4, '0');
    const shot: TimelineShot = {
      ...{ place: i + 1, id: `${i + 1}`, label: `${i + 1}`, at, start: 0, frames },
      clip: { file: `/films/one & two/clips/${name}.mp4`, sha256: `c${i}`, frames, hasSound },
      keyframe: { file: `/films/one & two/keyframes/${name}.png`, sha256: `k${i}` },
      people: [{ id: 'zoë', expression: 'smiling' }],
      elements: ['Night'],
      plot: [`Zoë says "${i}" < ${i + 1} & goes.`],
      lines: [],
      prompt: 'zoë: A woman.',
      take: 0,
    };
    at += frames;
    return shot;
  });
  return { title: 'Ünïcode & <films>', fps, width: 448, height: 256, shots, seed: 7, preset: 'theatre' };
}

/** The address of a file of `timelineOf` from the film's folder. */
export const linkOf = (file: string): string => encodeURI(file.replace('/films/one & two/', ''));
