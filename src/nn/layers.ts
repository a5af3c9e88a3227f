import {
  add,
  constant,
  conv2d as convolve,
  f32,
  GraphError,
  gather,
  gelu,
  gemm,
  groupNorm as groupNormalize,
  type Init,
  layerNorm as layerNormalize,
  normal,
  ones,
  quickGelu,
  relu,
  reshape,
  rmsNorm as rmsNormalize,
  type Scope,
  silu,
  split,
  type Tensor,
  tanh,
  uniform,
  zeros,
} from '../graph/index.ts';

// Legend: b batch, t sequence, c channels, h height, w width. Initialisers are torch's defaults unless given.

/** Options of `linear`. */
export interface LinearOptions {
  /** Whether the layer has a bias. Default true. */
  bias?: boolean;
  /** How a fresh weight is drawn. Default: as torch draws it. */
  init?: Init;
  /** Default: zeros where `init` is given, else as torch. */
  biasInit?: Init;
}

/** torch.nn.Linear: `weight` [out, in], `bias` [out]. x [..., in] -> [..., out]. */
export function linear(
  p: Scope,
  x: Tensor,
  out: number,
  { bias = true, init, biasInit }: LinearOptions = {},
): Tensor {
  const inner = x.dim(-1);
  const bound = 1 / Math.sqrt(inner);
  const rows = reshape(x, [-1, inner]);
  const weight = (): Tensor => p.param('weight', [out, inner], init ?? uniform(bound));
  const offset = (): Tensor | undefined =>
    bias ? p.param('bias', [out], biasInit ?? (init ? zeros : uniform(bound))) : undefined;
  const shape = [...x.shape.slice(0, -1), out];
  const rule = p.parameters.linear;
  if (!rule) return reshape(gemm(rows, weight(), { transB: true, bias: offset() }), shape);
  const product = rule(p, rows, out, () => gemm(rows, weight(), { transB: true }));
  const b = offset();
  return reshape(b ? add(product, b) : product, shape);
}

/**
 * `linear` with its output cut into equal `parts` along the last axis, [..., out / parts] each. The weight is cut
 * instead, whose rows lie apart already: its results are not copied, neither forward nor backward.
 */
export function linearParts(
  p: Scope,
  x: Tensor,
  out: number,
  parts: number,
  { bias = true, init }: LinearOptions = {},
): Tensor[] {
  if (p.parameters.linear) return split(linear(p, x, out, { bias, ...(init ? { init } : {}) }), parts, -1);
  const inner = x.dim(-1);
  const bound = 1 / Math.sqrt(inner);
  const weights = split(p.param('weight', [out, inner], init ?? uniform(bound)), parts, 0);
  const biases = bias ? split(p.param('bias', [out], init ? zeros : uniform(bound)), parts, 0) : [];
  const rows = reshape(x, [-1, inner]);
  return weights.map((weight, i) => {
    const y = gemm(rows, weight, { transB: true, bias: biases[i] });
    return reshape(y, [...x.shape.slice(0, -1), out / parts]);
  });
}

/** Options of `conv2d`. */
export interface Conv2dOptions {
  /** Rows and columns of the kernel. Default 3. */
  kernel?: number | readonly [number, number];
  /** Step of the kernel in rows and columns. Default 1. */
  stride?: number;
  /** Zeros around the image; "same" for odd kernels by default. */
  padding?: number | readonly [number, number] | readonly [number, number, number, number];
  /** Whether the layer has a bias. Default true. */
  bias?: boolean;
  /** How a fresh weight is drawn. Default: as torch draws it. */
  init?: Init;
}

/** torch.nn.Conv2d: `weight` [out, in, kh, kw], `bias` [out]. x [b, in, h, w] -> [b, out, h', w']. */
export function conv2d(p: Scope, x: Tensor, out: number, options: Conv2dOptions = {}): Tensor {
  const { kernel = 3, stride = 1, bias = true, init } = options;
  const [kh, kw] = typeof kernel === 'number' ? [kernel, kernel] : kernel;
  const padding = options.padding ?? [(kh - 1) >> 1, (kw - 1) >> 1];
  const inner = x.dim(1);
  const bound = 1 / Math.sqrt(inner * kh * kw);
  const weight = p.param('weight', [out, inner, kh, kw], init ?? uniform(bound));
  const b = bias ? p.param('bias', [out], init ? zeros : uniform(bound)) : undefined;
  return convolve(x, weight, { stride, padding, bias: b });
}

/** torch.nn.Embedding: `weight` [count, width]. ids int64 [...] -> [..., width]. */
export function embedding(
  p: Scope,
  ids: Tensor,
  count: number,
  width: number,
  init: Init = normal(0.02),
): Tensor {
  return gather(p.param('weight', [count, width], init), ids);
}

/** torch.nn.LayerNorm over the last axis. */
export function layerNorm(p: Scope, x: Tensor, epsilon = 1e-5): Tensor {
  const c = x.dim(-1);
  return layerNormalize(x, p.param('weight', [c], ones), p.param('bias', [c], zeros), epsilon);
}

/** Mean 0 and variance 1 over the last axis, nothing learned. */
export function standardize(x: Tensor, epsilon = 1e-5): Tensor {
  const c = x.dim(-1);
  const row = (value: number): Tensor => constant(f32(new Float32Array(c).fill(value), [c]));
  return layerNormalize(x, row(1), row(0), epsilon);
}

/** LLaMA's RMSNorm over the last axis. */
export function rmsNorm(p: Scope, x: Tensor, epsilon: number): Tensor {
  return rmsNormalize(x, p.param('weight', [x.dim(-1)], ones), epsilon);
}

/** torch.nn.GroupNorm of [b, c, ...]. */
export function groupNorm(p: Scope, x: Tensor, groups: number, epsilon: number): Tensor {
  const c = x.dim(1);
  return groupNormalize(x, p.param('weight', [c], ones), p.param('bias', [c], zeros), groups, epsilon);
}

const activations: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  silu,
  swish: silu,
  gelu,
  quick_gelu: (x) => quickGelu(x),
  relu,
  tanh,
};

/** An activation function by its name in a published config; an unknown name is an error. */
export function activation(name: string): (x: Tensor) => Tensor {
  const f = activations[name];
  if (!f)
    throw new GraphError(
      `activation '${name}' is not supported; known: ${Object.keys(activations).join(', ')}`,
    );
  return f;
}
