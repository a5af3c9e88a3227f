import type { VideoFrame } from '../../media/index.ts';
import type { Colour } from './readFilm.ts';

/** A film and what is in it. */
export interface FilmCase {
  readonly name: string;
  readonly make: (path: string) => Promise<void>;
  /** Ending of the file's name. Default: mov. */
  readonly ending?: string;
  /** Made by the program ffmpeg. */
  readonly byProgram?: boolean;
  readonly size: readonly [number, number];
  /** Seconds from the first frame on. */
  readonly times: readonly number[];
  /** Colours of the frames' centres. */
  readonly colours?: readonly Colour[];
  /** Levels that they may be off. Default: 2, by the rounding of 8 bits of YUV. */
  readonly tolerance?: number;
  readonly check?: (frames: readonly VideoFrame[]) => void;
}

export const twelfths = (...ticks: number[]): number[] => ticks.map((t) => t / 12);
export const grey = (...list: number[]): Colour[] => list.map((v) => [v, v, v]);
