import { describe, GraphError, makeNode, makeTensor, type Tensor } from '../tensor.ts';
import { broadcastShapes } from './elementwise.ts';

/** Layer normalisation over the last axis, then scale [c] and bias [c] (Ba et al., 2016). */
export function layerNorm(x: Tensor, scale: Tensor, bias: Tensor, epsilon: number): Tensor {
  const c = x.dim(-1);
  if (scale.shape.join() !== `${c}` || bias.shape.join() !== `${c}`) {
    throw new GraphError(
      `layerNorm: ${describe(x)} needs scale and bias [${c}], got ${describe(scale)}, ${describe(bias)}`,
    );
  }
  const rows = [...x.shape.slice(0, -1), 1];
  // mean and 1/std are kept for the gradient
  return makeNode('layerNorm', [x, scale, bias], { epsilon }, [
    { shape: x.shape },
    { shape: rows },
    { shape: rows },
  ])[0] as Tensor;
}

/** Root-mean-square normalisation over the last axis, then scale [c] (Zhang & Sennrich, 2019). */
export function rmsNorm(x: Tensor, scale: Tensor, epsilon: number): Tensor {
  if (scale.shape.join() !== `${x.dim(-1)}`) {
    throw new GraphError(`rmsNorm: ${describe(x)} needs scale [${x.dim(-1)}], got ${describe(scale)}`);
  }
  const rows = [...x.shape.slice(0, -1), 1];
  return makeNode('rmsNorm', [x, scale], { epsilon }, [{ shape: x.shape }, { shape: rows }])[0] as Tensor;
}

/** Group normalisation of [n, c, ...] over groups of channels, then scale [c] and bias [c] (Wu & He, 2018). */
export function groupNorm(x: Tensor, scale: Tensor, bias: Tensor, groups: number, epsilon: number): Tensor {
  const c = x.dim(1);
  if (x.rank < 3 || c % groups !== 0 || scale.shape.join() !== `${c}` || bias.shape.join() !== `${c}`) {
    throw new GraphError(
      `groupNorm: expected [n, c, ...] with c divisible by ${groups} groups and scale, bias [c]; got ${describe(x)}, ${describe(scale)}, ${describe(bias)}`,
    );
  }
  // the normalised value and 1/std are kept for the gradient
  return makeNode('groupNorm', [x, scale, bias], { groups, epsilon }, [
    { shape: x.shape },
    { shape: x.shape },
    { shape: [x.dim(0), groups, 1] },
  ])[0] as Tensor;
}

/**
 * Rotary position embedding, half-split form (Su et al., 2021; transformers' LLaMA): x cos + rotate(x) sin with
 * rotate(x) = [-x2, x1]. x [..., t, d]; cos and sin [..., t, d / 2] broadcast over the leading axes.
 */
export function rotary(x: Tensor, cos: Tensor, sin: Tensor): Tensor {
  const half = x.dim(-1) / 2;
  const fits =
    cos.dim(-1) === half &&
    broadcastShapes(x.shape, [...cos.shape.slice(0, -1), 2 * half])?.join() === x.shape.join();
  if (!Number.isInteger(half) || !fits || sin.shape.join() !== cos.shape.join()) {
    throw new GraphError(
      `rotary: ${describe(x)} needs tables [..., ${half}], got ${describe(cos)}, ${describe(sin)}`,
    );
  }
  return makeTensor('rotary', [x, cos, sin], {}, x.shape);
}
