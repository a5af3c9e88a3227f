import type { Preset } from '../presets/index.ts';
import { generationConfig } from './generationConfig.ts';
import { readImageCodecConfig, scaleOf } from './imageCodec.ts';

/** Width and height, in pixels, of the keyframes that a preset's renderer makes. Loads no weights. */
export async function keyframeSize(
  preset: Preset,
): Promise<{ readonly width: number; readonly height: number }> {
  const { width, height } = await generationConfig(preset, 'renderer');
  const scale = scaleOf(readImageCodecConfig(await preset.config('vae')));
  return { width: width * scale, height: height * scale };
}
