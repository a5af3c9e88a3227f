import type { Random } from '../random/index.ts';
import type { FeatureRows } from './rowFile.ts';

/** A frame as it was drawn, or its mirror image. */
export interface Side {
  readonly row: number;
  readonly mirrored: boolean;
}

/** Features of frames and of their mirror images, in two sets with the same rows. */
export class MirroredRows {
  readonly shape: readonly number[];
  private readonly plain: Pick<FeatureRows, 'shape' | 'batch'>;
  private readonly mirrored: Pick<FeatureRows, 'batch'> | undefined;

  constructor(plain: Pick<FeatureRows, 'shape' | 'batch'>, mirrored?: Pick<FeatureRows, 'batch'>) {
    this.shape = plain.shape;
    this.plain = plain;
    this.mirrored = mirrored;
  }

  /** The rows one after the other. */
  batch(sides: readonly Side[]): Float32Array {
    const all = this.plain.batch(sides.map((s) => s.row));
    const size = all.length / sides.length;
    sides.forEach(({ row, mirrored }, i) => {
      if (!mirrored) return;
      if (!this.mirrored)
        throw new RangeError(`MirroredRows: the mirror image of row ${row} was not computed`);
      all.set(this.mirrored.batch([row]), i * size);
    });
    return all;
  }
}

/** `n` of `count` frames, each mirrored with probability `flip`. */
export function drawSides(n: number, count: number, flip: number, random: Random): Side[] {
  return Array.from({ length: n }, () => ({
    row: random.int(count),
    mirrored: flip > 0 && random.chance(flip),
  }));
}
