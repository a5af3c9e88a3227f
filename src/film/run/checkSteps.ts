import { checkSteps as check, generationConfig } from '../../inference/index.ts';
import type { Preset } from '../../presets/index.ts';
import { RunError } from './runError.ts';
import type { RunSettings } from './state.ts';

/**
 * Fails where keyframes are to be made in 0 steps and the preset's U-Net has no draft for it, or guidance is asked for.
 * @param asked what is asked for in place of the preset's settings: by the film, and by single shots
 * @throws RunError
 */
export async function checkSteps(preset: Preset, asked: readonly RunSettings[]): Promise<void> {
  const { steps: usual, guidance: usualGuidance } = await generationConfig(preset, 'renderer');
  for (const { steps = usual, guidance = usualGuidance } of asked) {
    try {
      await check(preset, { steps, guidance });
    } catch (error) {
      if (error instanceof RangeError) throw new RunError(error.message, { cause: error });
      throw error;
    }
  }
}
