import { checkDraft, generationConfig, latentShape, readImageCodecConfig } from '../../inference/index.ts';
import { readUNet2DConfig } from '../../models/unet2d/index.ts';
import type { Preset } from '../../presets/index.ts';
import { RunError } from './runError.ts';
import type { RunSettings } from './state.ts';

/**
 * Fails where keyframes are to be made in 0 steps and the preset's U-Net has no draft for it, or guidance is asked for.
 * @param asked what is asked for in place of the preset's settings: by the film, and by single shots
 * @throws RunError
 */
export async function checkSteps(preset: Preset, asked: readonly RunSettings[]): Promise<void> {
  const own = await generationConfig(preset, 'renderer');
  for (const { steps = own.steps, guidance = own.guidance } of asked) {
    if (steps > 0) continue;
    const latent = latentShape(readImageCodecConfig(await preset.config('vae')), own.width, own.height);
    try {
      checkDraft(readUNet2DConfig(await preset.config('unet')), { latent, guidance });
    } catch (error) {
      throw new RunError((error as Error).message, { cause: error });
    }
  }
}
