import { join } from 'node:path';
import { EvaluationError } from '../evaluation/index.ts';
import { generationConfig, readImageCodecConfig, scaleOf } from '../inference/index.ts';
import type { Preset } from '../presets/index.ts';
import type { FrameSize } from './settings.ts';

/** The size of the preset's keyframes, at which the theatre draws. Throws `EvaluationError`, in which `who` asked. */
export async function frameSize(who: string, preset: Preset): Promise<FrameSize> {
  const { width, height } = await generationConfig(preset, 'renderer');
  const scale = scaleOf(readImageCodecConfig(await preset.config('vae')));
  if (width * 4 === height * 7 && width >= 112) return { width: width * scale, height: height * scale };
  throw new EvaluationError(
    `${who}: the theatre draws frames of 7 : 4 from 112 x 64 on, and preset '${preset.name}' renders ${width} x ${height}; ` +
      `change width and height in ${join(preset.folder, 'renderer/generation_config.json')}`,
  );
}
