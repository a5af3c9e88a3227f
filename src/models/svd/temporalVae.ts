import { describe, GraphError, type Scope, type Tensor } from '../../graph/index.ts';
import { conv2d } from '../../nn/index.ts';
import { encoder, epsilon, head, type Posterior, posteriorOf } from '../autoencoderKl/index.ts';
import { pixelAttention, upsample } from '../blocks/index.ts';
import type { TemporalVaeConfig } from './config.ts';
import { convolveFrames, framesInside, framesOutside, spatioTemporalResnet } from './temporal.ts';

/**
 * The encoder of AutoencoderKLTemporalDecoder: images [n, in, h, w] in -1 .. 1, h and w being multiples of
 * 2^(levels-1), each for itself, to the posterior of their latents.
 */
export function encodeTemporalVae(p: Scope, config: TemporalVaeConfig, image: Tensor): Posterior {
  const h = encoder(p.at('encoder'), config, image);
  return posteriorOf(conv2d(p.at('quant_conv'), h, h.dim(1), { kernel: 1 }));
}

/**
 * The decoder of AutoencoderKLTemporalDecoder (Blattmann et al., 2023): unscaled latents of clips of `frames`
 * frames [b * frames, z, h, w] -> pictures [b * frames, out, h', w'] around -1 .. 1.
 */
export function decodeTemporalVae(
  p: Scope,
  config: TemporalVaeConfig,
  latents: Tensor,
  frames: number,
): Tensor {
  if (latents.dim(0) % frames !== 0) {
    throw new GraphError(
      `AutoencoderKLTemporalDecoder: ${describe(latents)} is no whole number of clips of ${frames} frames`,
    );
  }
  const { groups, layersPerBlock } = config;
  const channels = config.channels.toReversed();
  const block = (at: Scope, x: Tensor, out: number): Tensor =>
    spatioTemporalResnet(at, x, out, {
      frames,
      groups,
      epsilon,
      temporalEpsilon: 1e-5,
      mixture: { start: 0, temporalShare: true },
    });
  const root = p.at('decoder');
  let h = conv2d(root.at('conv_in'), latents, channels[0] as number);

  // However many layers a block has, the reference goes through at most two blocks here, and one attention between.
  const middle = root.at('mid_block');
  h = block(middle.at('resnets', 0), h, h.dim(1));
  if (layersPerBlock > 1) {
    h = pixelAttention(middle.at('attentions', 0), h, groups, epsilon);
    h = block(middle.at('resnets', 1), h, h.dim(1));
  }

  channels.forEach((c, i) => {
    const at = root.at('up_blocks', i);
    for (let j = 0; j <= layersPerBlock; j++) h = block(at.at('resnets', j), h, c);
    if (i < channels.length - 1) h = upsample(at.at('upsamplers', 0), h);
  });
  h = head(root, h, config.outChannels, groups);
  const mixed = convolveFrames(root.at('time_conv_out'), framesInside(h, frames), config.outChannels);
  return framesOutside(mixed, h.dim(2), h.dim(3));
}
