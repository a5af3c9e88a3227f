import { readUNet2DConfig, type UNet2DConfig } from '../models/unet2d/index.ts';
import type { Preset } from '../presets/index.ts';
import { generationConfig, type RenderSettings } from './generationConfig.ts';
import { latentShape, readImageCodecConfig } from './imageCodec.ts';

/**
 * Fails where a U-Net's draft cannot be the picture.
 * @param latent [c, h, w] of the latents
 * @throws RangeError
 */
export function checkDraft(
  { draft }: UNet2DConfig,
  { latent, guidance = 1 }: { readonly latent: readonly number[]; readonly guidance?: number | undefined },
): void {
  const who = 'Renderer: 0 steps paint the draft of the U-Net';
  const own = draft && [draft.channels, draft.height, draft.width];
  if (own?.join() !== latent.join()) {
    throw new RangeError(
      `${who}, whose draft_channels and sample_size must be the latents' [${latent.join(', ')}], got ` +
        `${own ? `[${own.join(', ')}]` : 'no draft_channels'}; take at least 1 step`,
    );
  }
  if (guidance === 1) return;
  throw new RangeError(
    `${who}, which nothing guides: guidance must be 1, got ${guidance}; or take at least 1 step`,
  );
}

/** Fails where a preset's renderer cannot make pictures of its size in so many steps. Throws `RangeError`. */
export async function checkSteps(
  preset: Preset,
  { steps, guidance }: Pick<RenderSettings, 'steps' | 'guidance'>,
): Promise<void> {
  if (steps > 0) return;
  const { width, height } = await generationConfig(preset, 'renderer');
  const latent = latentShape(readImageCodecConfig(await preset.config('vae')), width, height);
  checkDraft(readUNet2DConfig(await preset.config('unet')), { latent, guidance });
}
