import { maximum, mul, type Scope, type Tensor } from '../../graph/index.ts';
import { conv2d } from '../../nn/index.ts';

export interface PatchDiscriminatorConfig {
  /** Channels of the 4 x 4 convolutions, each of which halves the picture. */
  readonly channels: readonly number[];
  /** Of leaky ReLUs where their input is negative. */
  readonly slope: number;
}

export interface Judgement {
  /** What each layer sees [n, c, h, w], finest first: for feature matching. */
  readonly features: readonly Tensor[];
  /** How true each patch looks [n, 1, h', w'], unbounded. */
  readonly logits: Tensor;
}

/**
 * PatchGAN (Isola et al., 2017, "Image-to-Image Translation with Conditional Adversarial Networks"), without norms:
 * 4 x 4 convolutions of stride 2 and a 3 x 3 head, so that each logit judges a patch of 22 pixels and more.
 * @param image [n, 3, h, w] in -1 .. 1; h and w multiples of 2^layers
 */
export function patchDiscriminator(p: Scope, config: PatchDiscriminatorConfig, image: Tensor): Judgement {
  const features: Tensor[] = [];
  let h = image;
  for (const [i, channels] of config.channels.entries()) {
    h = leakyRelu(conv2d(p.at('layers', i), h, channels, { kernel: 4, stride: 2, padding: 1 }), config.slope);
    features.push(h);
  }
  return { features, logits: conv2d(p.at('head'), h, 1) };
}

/** max(x, slope x), for slopes below 1. */
const leakyRelu = (x: Tensor, slope: number): Tensor => maximum(x, mul(x, slope));
