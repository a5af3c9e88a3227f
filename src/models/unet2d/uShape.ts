import { concat, type Scope, type Tensor } from '../../graph/index.ts';
import { downsample, upsample } from '../blocks/index.ts';
import type { Level } from './levels.ts';

/** The levels of a U-Net. */
export interface UShape {
  /** The levels, finest first. */
  readonly levels: readonly Level[];
  /** Transformer layers in the middle; 0 for a middle of one residual block, undefined for no middle. */
  readonly middle: number | undefined;
  /** Padding of the convolutions that halve the size. */
  readonly downsamplePadding: number;
}

/** Where in the U a block stands. */
export type Stage = 'down' | 'middle' | 'up';

/** One step at a level: residual block `j` of the block `at`, then `layers` transformer layers (none if 0). */
export type Refine = (at: Scope, x: Tensor, j: number, level: Level, layers: number, stage: Stage) => Tensor;

/**
 * The way down, the middle and the way up with skip connections (Ronneberger et al., 2015), for any kind of block:
 * x [b, c, h, w] -> the same shape. Sizes need not halve evenly: on the way up each level takes its skips' size.
 */
export function uShape(
  p: Scope,
  x: Tensor,
  { levels, middle, downsamplePadding }: UShape,
  refine: Refine,
): Tensor {
  let h = x;
  const skips = [h];
  levels.forEach((level, i) => {
    const at = p.at('down_blocks', i);
    for (let j = 0; j < level.layers; j++) {
      h = refine(at, h, j, level, level.down, 'down');
      skips.push(h);
    }
    if (i === levels.length - 1) return;
    h = downsample(at.at('downsamplers', 0), h, downsamplePadding);
    skips.push(h);
  });

  const deepest = levels.at(-1) as Level;
  if (middle !== undefined) h = refine(p.at('mid_block'), h, 0, deepest, middle, 'middle');
  if (middle) h = refine(p.at('mid_block'), h, 1, deepest, 0, 'middle');

  levels.toReversed().forEach((level, i) => {
    const at = p.at('up_blocks', i);
    for (let j = 0; j <= level.layers; j++) {
      h = refine(at, concat([h, skips.pop() as Tensor], 1), j, level, level.up, 'up');
    }
    const next = skips.at(-1);
    if (next) h = upsample(at.at('upsamplers', 0), h, next.dim(2), next.dim(3));
  });
  return h;
}
