import { add, constant, f32, reshape, type Scope, type Tensor, transpose, zeros } from '../../graph/index.ts';
import { attention, groupNorm, layerNorm, linear } from '../../nn/index.ts';
import {
  attend,
  feedForward,
  sinusoid,
  timeMlp,
  toImage,
  toTokens,
  transformerBlock,
} from '../blocks/index.ts';
import { blend } from './temporal.ts';

// Legend: b clips, f frames, s pixels, c channels, k conditioning rows, e their width.

/** A fresh temporal block adds nothing: training starts from the model of single pictures. */
const last = { init: zeros };

/** Self-attention along the frames, each pixel for itself; x [b, f, s, c]. */
function attendFrames(p: Scope, x: Tensor, heads: number): Tensor {
  const [b, f, s, c] = x.shape as [number, number, number, number];
  const project = (name: string): Tensor => {
    const y = reshape(linear(p.at(name), x, c, { bias: false }), [b, f, s, heads, c / heads]);
    return transpose(y, [0, 2, 3, 1, 4]); // [b, s, heads, f, d]
  };
  const y = attention(project('to_q'), project('to_k'), project('to_v'));
  return linear(p.at('to_out', 0), reshape(transpose(y, [0, 3, 1, 2, 4]), x.shape), c, last);
}

/** TemporalBasicTransformerBlock: x [b, f, s, c]; every pixel attends along its frames, then to `context` [b, k, e]. */
export function temporalBlock(p: Scope, x: Tensor, context: Tensor, heads: number): Tensor {
  return p.block([x, context], () => {
    let h = add(x, feedForward(p.at('ff_in'), layerNorm(p.at('norm_in'), x), last));
    h = add(h, attendFrames(p.at('attn1'), layerNorm(p.at('norm1'), h), heads));
    h = add(h, attend(p.at('attn2'), layerNorm(p.at('norm2'), h), heads, context, last));
    return add(h, feedForward(p.at('ff'), layerNorm(p.at('norm3'), h), last));
  });
}

export interface SpatioTemporalTransformerOptions {
  readonly frames: number;
  readonly groups: number;
  readonly layers: number;
  readonly heads: number;
}

/**
 * TransformerSpatioTemporalModel: x [b * f, c, h, w] through `layers` pairs of a block for each picture and a block
 * along the frames, blended, and added to x. `context` [b, k, e] is shared by a clip's frames.
 */
export function spatioTemporalTransformer(
  p: Scope,
  x: Tensor,
  context: Tensor,
  { frames, groups, layers, heads }: SpatioTemporalTransformerOptions,
): Tensor {
  const [n, c, height, width] = x.shape as [number, number, number, number];
  const wide = [n / frames, frames, height * width, c]; // [b, f, s, c]
  const place = reshape(framePlaces(p, frames, c), [frames, 1, c]);
  let h = linear(p.at('proj_in'), toTokens(groupNorm(p.at('norm'), x, groups, 1e-6)), c); // [b * f, s, c]
  for (let i = 0; i < layers; i++) {
    h = transformerBlock(p.at('transformer_blocks', i), h, context, heads);
    const spatial = reshape(h, wide);
    const temporal = temporalBlock(
      p.at('temporal_transformer_blocks', i),
      add(spatial, place),
      context,
      heads,
    );
    h = reshape(blend(p.at('time_mixer'), spatial, temporal, { start: 0.5 }), h.shape);
  }
  return add(x, toImage(linear(p.at('proj_out'), h, c), height, width));
}

/** An embedding of each frame's number [f, c]. */
function framePlaces(p: Scope, frames: number, c: number): Tensor {
  const numbers = constant(
    f32(
      Float32Array.from({ length: frames }, (_, i) => i),
      [frames],
    ),
  );
  return timeMlp(p.at('time_pos_embed'), sinusoid(numbers, c), 4 * c, c, last);
}
