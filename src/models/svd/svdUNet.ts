import {
  add,
  describe,
  GraphError,
  reshape,
  type Scope,
  silu,
  type Tensor,
  zeros,
} from '../../graph/index.ts';
import { conv2d, groupNorm } from '../../nn/index.ts';
import { perSample, sinusoid, timeMlp } from '../blocks/index.ts';
import { type Level, type Stage, uShape } from '../unet2d/index.ts';
import type { SvdUNetConfig } from './config.ts';
import { spatioTemporalResnet } from './temporal.ts';
import { spatioTemporalTransformer } from './transformer.ts';

// Legend: b clips, f frames, h height, w width, k conditioning rows, e their width.

/** Inputs of `svdUNet`. */
export interface SvdUNetInputs {
  /** Noisy latents with the picture's latents behind them on the channel axis [b, f, in, h, w]. */
  readonly sample: Tensor;
  /** Diffusion time of each clip [b], or one for all [] or [1]: float32, int32 or int64. SVD's is ln(sigma) / 4. */
  readonly timestep: Tensor;
  /** Conditioning rows of each clip [b, k, e]; SVD's is one row, the picture's CLIP embedding. */
  readonly encoderHiddenStates: Tensor;
  /** Numbers of each clip [b, n]; SVD's are frames a second - 1, motion bucket, noise augmentation. */
  readonly addedTimeIds: Tensor;
  /** Latents of each clip's keyframe [b, keyframeChannels, h, w]: needed by, and only by, a network with such channels. */
  readonly keyframe?: Tensor;
}

/**
 * UNetSpatioTemporalConditionModel, the U-Net of Stable Video Diffusion (Blattmann et al., 2023). Returns what it
 * was trained to predict [b, f, out, h, w].
 *
 * With `keyframeChannels`, an addition of ours, that is how the frames differ from the keyframe. The keyframe comes in through
 * a convolution that begins at zero, as more input channels of `conv_in` would. The answer goes out through one that begins
 * at zero, too, of its own name, since `conv_out` of other weights predicts the frames themselves: a fresh network whose
 * answer is the clean sample (one step from pure noise of v-prediction) leaves every frame as the keyframe is.
 */
export function svdUNet(p: Scope, config: SvdUNetConfig, inputs: SvdUNetInputs): Tensor {
  checkInputs(config, inputs);
  const { sample, encoderHiddenStates: context } = inputs;
  const { groups } = config;
  const [b, frames, , height, width] = sample.shape as [number, number, number, number, number];
  const first = (config.levels[0] as Level).channels;
  const time = silu(timeEmbedding(p, config, inputs, first)); // [b, 4 * first]

  let h = conv2d(p.at('conv_in'), reshape(sample, [b * frames, -1, height, width]), first);
  if (inputs.keyframe) {
    const shown = conv2d(p.at('keyframe_in'), inputs.keyframe, first, { init: zeros, bias: false });
    const [, c] = h.shape as [number, number];
    const each = [b, frames, c, height, width];
    h = reshape(add(reshape(h, each), reshape(shown, [b, 1, c, height, width])), [
      b * frames,
      c,
      height,
      width,
    ]);
  }
  h = uShape(p, h, config, (at, x, j, { channels, heads }, layers, stage) => {
    const epsilon = epsilonOf(stage, layers);
    const y = spatioTemporalResnet(at.at('resnets', j), x, channels, {
      frames,
      groups,
      epsilon,
      temporalEpsilon: epsilon,
      mixture: { start: 0.5 },
      time,
    });
    if (layers === 0) return y;
    return spatioTemporalTransformer(at.at('attentions', j), y, context, { frames, groups, layers, heads });
  });
  h = silu(groupNorm(p.at('conv_norm_out'), h, groups, 1e-5));
  const out = inputs.keyframe
    ? conv2d(p.at('changes_out'), h, config.outChannels, { init: zeros })
    : conv2d(p.at('conv_out'), h, config.outChannels);
  return reshape(out, [b, frames, -1, height, width]);
}

/** The reference implementation's epsilons differ from block to block. */
function epsilonOf(stage: Stage, layers: number): number {
  return stage === 'up' || (stage === 'down' && layers > 0) ? 1e-6 : 1e-5;
}

/** Time and the added numbers as one vector a clip [b, 4 * first]. */
function timeEmbedding(p: Scope, config: SvdUNetConfig, inputs: SvdUNetInputs, first: number): Tensor {
  const { timestep, addedTimeIds } = inputs;
  const time = timeMlp(
    p.at('time_embedding'),
    sinusoid(perSample(timestep, addedTimeIds.dim(0)), first),
    4 * first,
  );
  const added = reshape(sinusoid(addedTimeIds, config.addedWidth), [addedTimeIds.dim(0), -1]); // [b, n * width]
  // fresh, the added numbers change nothing: training starts from the model of single pictures
  return add(time, timeMlp(p.at('add_embedding'), added, 4 * first, 4 * first, { init: zeros }));
}

function checkInputs(config: SvdUNetConfig, inputs: SvdUNetInputs): void {
  const b = inputs.sample.dim(0);
  const expect = (
    name: keyof SvdUNetInputs,
    shape: readonly (number | string)[],
    t: Tensor = inputs[name] as Tensor,
  ): void => {
    if (t.rank === shape.length && shape.every((d, i) => typeof d === 'string' || d === t.dim(i))) return;
    throw new GraphError(
      `UNetSpatioTemporalConditionModel: ${name} must be [${shape.join(', ')}], got ${describe(t)}`,
    );
  };
  expect('sample', ['b', 'f', config.inChannels, 'h', 'w']);
  expect('timestep', [b], perSample(inputs.timestep, b));
  expect('encoderHiddenStates', [b, 'k', config.contextWidth]);
  expect('addedTimeIds', [b, config.added]);
  const [, , , height, width] = inputs.sample.shape as [number, number, number, number, number];
  if (config.keyframeChannels > 0 && inputs.keyframe) {
    expect('keyframe', [b, config.keyframeChannels, height, width], inputs.keyframe);
  } else if (config.keyframeChannels > 0 || inputs.keyframe) {
    throw new GraphError(
      `UNetSpatioTemporalConditionModel: keyframe_channels ${config.keyframeChannels} ` +
        `${inputs.keyframe ? 'leaves no place for a keyframe' : 'needs a keyframe'}`,
    );
  }
}
