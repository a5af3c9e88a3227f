import { readUNet2DConfig } from '../../models/unet2d/index.ts';
import type { Base } from '../method.ts';

/** Why self-attention of the preset's U-Net cannot be changed; undefined where it can. */
export async function withoutSelfAttention({ preset, settings }: Base): Promise<string | undefined> {
  const { steps } = settings.keyframe;
  if (steps === 0)
    return `preset ${preset.name} paints keyframes in 0 steps: the U-Net, whose self-attention the method changes, is not run; with --steps 20 it is`;
  const { levels, middle } = readUNet2DConfig(await preset.config('unet'));
  const attends = levels.some(({ down, up }) => down > 0 || up > 0) || (middle ?? 0) > 0;
  return attends
    ? undefined
    : `the U-Net of preset ${preset.name} has no self-attention, which the method changes`;
}
