import {
  add,
  describe,
  GraphError,
  gemm,
  normal,
  reshape,
  type Scope,
  slice,
  type Tensor,
  transpose,
} from '../../graph/index.ts';
import { activation, attention, layerNorm, linear, mergeHeads, splitHeads } from '../../nn/index.ts';
import type { ClipEncoderConfig, ClipVisionConfig } from './configs.ts';

// Legend: b batch, t tokens, d width, c channels, h height, w width, g patches along a side, s patch size

/** transformers' initialisation of CLIP: deviations that fall with width and depth. */
function deviations({ hiddenSize, layers, initializerFactor }: ClipEncoderConfig) {
  const width = initializerFactor / Math.sqrt(hiddenSize);
  return { into: normal(width / Math.sqrt(2 * layers)), out: normal(width), fc1: normal(width / Math.SQRT2) };
}

/** One pre-norm transformer block: attend, then the MLP, each added to its input. x [b, t, d]. */
function block(p: Scope, config: ClipEncoderConfig, x: Tensor, bias: Tensor | undefined): Tensor {
  const { hiddenSize, intermediateSize, heads, layerNormEps } = config;
  const init = deviations(config);
  const attn = p.at('self_attn');
  const h = layerNorm(p.at('layer_norm1'), x, layerNormEps);
  const project = (name: string): Tensor =>
    splitHeads(linear(attn.at(name), h, hiddenSize, { init: init.into }), heads); // [b, heads, t, d / heads]
  const [q, k, v] = [project('q_proj'), project('k_proj'), project('v_proj')];
  const mixed = mergeHeads(attention(q, k, v, { bias })); // [b, t, d]
  const y = add(x, linear(attn.at('out_proj'), mixed, hiddenSize, { init: init.out }));

  const inner = linear(
    p.at('mlp', 'fc1'),
    layerNorm(p.at('layer_norm2'), y, layerNormEps),
    intermediateSize,
    { init: init.fc1 },
  );
  const act = activation(config.activation);
  return add(y, linear(p.at('mlp', 'fc2'), act(inner), hiddenSize, { init: init.into }));
}

/** The stack of blocks; returns its input and the output of every block, each [b, t, d]. */
export function clipEncoder(p: Scope, config: ClipEncoderConfig, x: Tensor, bias?: Tensor): Tensor[] {
  const states = [x];
  for (let i = 0; i < config.layers; i++) {
    const [at, state] = [p.at('layers', i), states[i] as Tensor];
    states.push(at.block(bias ? [state, bias] : [state], () => block(at, config, state, bias)));
  }
  return states;
}

/** Patches along one side of the picture; pixels beyond the last whole patch are not seen. */
export function gridSize({ imageSize, patchSize }: ClipVisionConfig): number {
  return Math.floor(imageSize / patchSize);
}

/**
 * The patch embedding, [b, c, h, w] -> [b, g * g, d]: a convolution whose stride is its kernel, written as one
 * matrix product, so that the weight's gradient is one, too. `weight` [d, c, s, s] as published.
 */
export function embedPatches(config: ClipVisionConfig, pixelValues: Tensor, weight: Tensor): Tensor {
  const { channels: c, imageSize, patchSize: s, hiddenSize } = config;
  const b = pixelValues.dim(0);
  if (pixelValues.shape.join() !== [b, c, imageSize, imageSize].join()) {
    throw new GraphError(
      `CLIP vision: pixel values must be [b, ${c}, ${imageSize}, ${imageSize}], got ${describe(pixelValues)}`,
    );
  }
  const g = gridSize(config);
  const whole = slice(slice(pixelValues, 2, 0, g * s), 3, 0, g * s); // [b, c, g s, g s]
  const patches = transpose(reshape(whole, [b, c, g, s, g, s]), [0, 2, 4, 1, 3, 5]); // [b, g, g, c, s, s]
  const rows = reshape(patches, [b * g * g, c * s * s]);
  const embedded = gemm(rows, reshape(weight, [hiddenSize, c * s * s]), { transB: true });
  return reshape(embedded, [b, g * g, hiddenSize]);
}
