import { add, exp, maximum, minimum, mul, type Scope, split, type Tensor } from '../../graph/index.ts';
import { conv2d } from '../../nn/index.ts';
import { decoder, encoder } from './coder.ts';
import type { AutoencoderKlConfig } from './config.ts';

/** A diagonal Gaussian over latents; every tensor [b, z, h, w] (moments [b, 2z, h, w]). */
export interface Posterior {
  /** Mean and unclamped log-variance, side by side on the channel axis. */
  readonly moments: Tensor;
  /** Mean of the latent. */
  readonly mean: Tensor;
  /** Clamped to -30 .. 20. */
  readonly logvar: Tensor;
  /** Standard deviation of the latent. */
  readonly std: Tensor;
}

/** The Gaussian whose mean and log-variance a VAE's encoder wrote side by side. */
export function posteriorOf(moments: Tensor): Posterior {
  const [mean, raw] = split(moments, 2, 1) as [Tensor, Tensor];
  const logvar = maximum(minimum(raw, 20), -30);
  return { moments, mean, logvar, std: exp(mul(logvar, 0.5)) };
}

/**
 * The encoder of AutoencoderKL (Rombach et al., 2022): images [b, in, h, w] in -1 .. 1, h and w being
 * multiples of 2^(levels-1), to the posterior of their latents. Scaling by `scaling_factor` is left to the caller.
 */
export function encodeKl(p: Scope, config: AutoencoderKlConfig, image: Tensor): Posterior {
  const h = encoder(p.at('encoder'), config, image);
  return posteriorOf(config.quantConv ? conv2d(p.at('quant_conv'), h, h.dim(1), { kernel: 1 }) : h);
}

/** The decoder of AutoencoderKL: latents [b, z, h, w], unscaled, to images [b, out, h', w'] around -1 .. 1. */
export function decodeKl(p: Scope, config: AutoencoderKlConfig, latents: Tensor): Tensor {
  const z = config.postQuantConv
    ? conv2d(p.at('post_quant_conv'), latents, config.latentChannels, { kernel: 1 })
    : latents;
  return decoder(p.at('decoder'), config, z, config.outChannels);
}

/** A draw from the posterior, mean + std * noise, through which gradients flow; noise [b, z, h, w] standard normal. */
export function drawFrom({ mean, std }: Posterior, noise: Tensor): Tensor {
  return add(mean, mul(std, noise));
}
