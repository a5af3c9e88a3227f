import { z } from 'zod';

/** A face detector: a pyramid of residual blocks, one of whose levels says for each cell whether a face is there. */
export interface FaceDetectorConfig {
  /** Pixels of a patch, the side of a cell of the finest level. */
  readonly patch: number;
  /** Channels of each level; every level has half the size of the one before. */
  readonly channels: readonly number[];
  /** Residual blocks at each level. */
  readonly layers: number;
  /** Groups of the group norms. */
  readonly groups: number;
  /** The level whose cells say where faces are: with `patch` 4 and level 1, one cell for every 8 x 8 pixels. */
  readonly level: number;
}

/** Checks a config and fills in the defaults. */
export const faceDetectorConfig: z.ZodType<FaceDetectorConfig> = z
  .strictObject({
    patch: z.number().int().min(1).default(4),
    channels: z.array(z.number().int().min(1)).min(1),
    layers: z.number().int().min(1).default(1),
    groups: z.number().int().min(1).default(8),
    level: z.number().int().min(0).default(0),
  })
  .refine((c) => c.level < c.channels.length, {
    path: ['level'],
    error: 'must be below the number of channels',
  })
  .refine((c) => c.channels.every((n) => n % c.groups === 0), {
    path: ['channels'],
    error: 'must divide into groups',
  });

/** Side in pixels of the cells that say where faces are. */
export function cellSize({ patch, level }: FaceDetectorConfig): number {
  return patch * 2 ** level;
}
