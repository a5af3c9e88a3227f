import type { UNet2DConfig } from '../../models/unet2d/index.ts';

/**
 * The config of a U-Net's draft, where it has one that makes latents.
 * @param latent [c, h, w]
 * @param where the file of settings, for messages
 */
export function checkDraft(
  { draft }: UNet2DConfig,
  latent: readonly number[],
  where: string,
): NonNullable<UNet2DConfig['draft']> {
  if (draft && draft.channels === latent[0]) return draft;
  throw new RangeError(
    `${where}: draftSteps need a U-Net whose draft_channels are the latents' ${latent[0]}, got ${draft?.channels ?? 0}`,
  );
}
