import { describe, GraphError, type Scope, silu, type Tensor } from '../../graph/index.ts';
import { conv2d, groupNorm } from '../../nn/index.ts';
import { downsample, pixelAttention, resnet, upsample } from '../blocks/index.ts';
import { type CoderConfig, downsamplingOf } from './config.ts';

/** Of every norm in the spatial parts of a VAE. */
export const epsilon = 1e-6;

/** Norm, SiLU and the convolution to the output's channels. */
export function head(p: Scope, x: Tensor, out: number, groups: number): Tensor {
  return conv2d(p.at('conv_out'), silu(groupNorm(p.at('conv_norm_out'), x, groups, epsilon)), out);
}

function middle(p: Scope, config: CoderConfig, x: Tensor): Tensor {
  const options = { groups: config.groups, epsilon };
  let h = resnet(p.at('resnets', 0), x, x.dim(1), options);
  if (config.middleAttention) h = pixelAttention(p.at('attentions', 0), h, config.groups, epsilon);
  return resnet(p.at('resnets', 1), h, x.dim(1), options);
}

/**
 * The encoder: images [b, in, h, w] -> mean and log-variance [b, 2z, h/d, w/d] with d = 2^(levels-1). Where d does
 * not divide the size, the rest at the right and bottom gets no latent.
 */
export function encoder(p: Scope, config: CoderConfig, image: Tensor): Tensor {
  const { channels, layersPerBlock, groups, latentChannels } = config;
  if (image.rank !== 4 || Math.min(image.dim(2), image.dim(3)) < downsamplingOf(config)) {
    throw new GraphError(
      `AutoencoderKL: images must be [b, c, h, w] with at least ${downsamplingOf(config)} rows and columns, got ${describe(image)}`,
    );
  }
  let h = conv2d(p.at('conv_in'), image, channels[0] as number);
  channels.forEach((c, i) => {
    const block = p.at('down_blocks', i);
    for (let j = 0; j < layersPerBlock; j++) h = resnet(block.at('resnets', j), h, c, { groups, epsilon });
    if (i < channels.length - 1) h = downsample(block.at('downsamplers', 0), h, 0);
  });
  h = middle(p.at('mid_block'), config, h);
  return head(p, h, 2 * latentChannels, groups);
}

/** The decoder: latents [b, z, h, w] -> images [b, out, h*d, w*d]. */
export function decoder(p: Scope, config: CoderConfig, latents: Tensor, out: number): Tensor {
  const { layersPerBlock, groups } = config;
  const channels = config.channels.toReversed();
  let h = conv2d(p.at('conv_in'), latents, channels[0] as number);
  h = middle(p.at('mid_block'), config, h);
  channels.forEach((c, i) => {
    const block = p.at('up_blocks', i);
    for (let j = 0; j <= layersPerBlock; j++) h = resnet(block.at('resnets', j), h, c, { groups, epsilon });
    if (i < channels.length - 1) h = upsample(block.at('upsamplers', 0), h);
  });
  return head(p, h, out, groups);
}
