import {
  add,
  conv2d,
  div,
  mul,
  normal,
  ones,
  relu,
  reshape,
  type Scope,
  sqrt,
  sub,
  type Tensor,
  zeros,
} from '../../graph/index.ts';

/** Of every batch norm of the network. */
const epsilon = 0.001;

export interface ConvolutionOptions {
  /** [height, width] */
  readonly kernel?: readonly [number, number];
  readonly stride?: number;
  /** Zeros above and below, left and right. */
  readonly padding?: readonly [number, number];
}

/**
 * Convolution without bias, batch norm with the recorded statistics, ReLU (torchvision's `BasicConv2d`): x [b, in, h, w]
 * -> [b, out, h', w']. The norm is one scale and one shift a channel, which follow from parameters alone: ONNX Runtime
 * works them out and folds them into the convolution when it prepares the graph, so that they cost nothing in a run.
 */
export function convolution(
  p: Scope,
  x: Tensor,
  out: number,
  { kernel = [1, 1], stride = 1, padding = [0, 0] }: ConvolutionOptions = {},
): Tensor {
  const inner = x.dim(1);
  const fanIn = inner * kernel[0] * kernel[1];
  const weight = p.at('conv').param('weight', [out, inner, ...kernel], normal(Math.sqrt(2 / fanIn)));
  const norm = p.at('bn');
  const gain = norm.param('weight', [out], ones);
  const bias = norm.param('bias', [out], zeros);
  const mean = norm.param('running_mean', [out], zeros);
  const variance = norm.param('running_var', [out], ones);

  const scale = div(gain, sqrt(add(variance, epsilon))); // [out]
  const shift = sub(bias, mul(mean, scale)); // [out]
  const perChannel = (t: Tensor): Tensor => reshape(t, [out, 1, 1]);
  const y = conv2d(x, weight, { stride, padding });
  return relu(add(mul(y, perChannel(scale)), perChannel(shift)));
}
