import { describe, GraphError, type Scope, type Tensor } from '../../graph/index.ts';
import { linear } from '../../nn/index.ts';
import { ConfigError } from '../configs.ts';

/** A published aesthetic predictor: linear layers one after the other. */
export interface AestheticHeadConfig {
  /** Width of the CLIP embeddings that it takes. */
  readonly inputDim: number;
  /** Path and width of each layer's parameters; the last has width 1. */
  readonly layers: readonly { readonly path: string; readonly width: number }[];
}

/**
 * Reads the shape of LAION's aesthetic predictor from its parameters: one linear layer, `weight` [1, d] and `bias`
 * (LAION-Aesthetics V1), or the improved predictor's five, `layers.0.weight` ... `layers.7.weight`, between which there
 * is nothing but dropout. Throws `ConfigError`.
 * @param shapes of all parameters by name
 */
export function readAestheticHeadConfig(shapes: ReadonlyMap<string, readonly number[]>): AestheticHeadConfig {
  const number = (name: string): number => Number(/^layers\.(\d+)\.weight$/.exec(name)?.[1] ?? 0);
  const names = [...shapes.keys()]
    .filter((name) => name === 'weight' || /^layers\.\d+\.weight$/.test(name))
    .sort((a, b) => number(a) - number(b));
  const sizes = names.map((name) => shapes.get(name) as readonly number[]);
  const fits = sizes.every((s, i) => s.length === 2 && (i === 0 || s[1] === sizes[i - 1]?.[0]));
  const inputDim = sizes[0]?.[1];
  if (inputDim === undefined || !fits || sizes.at(-1)?.[0] !== 1) {
    const got =
      names.map((name) => `${name} [${shapes.get(name)}]`).join(', ') ||
      [...shapes.keys()].slice(0, 4).join(', ');
    throw new ConfigError(
      `aesthetic head: expected one linear layer, weight [1, d], or layers.N.weight that lead from d to 1, got ${got}`,
    );
  }
  const layers = names.map((name, i) => ({
    path: name === 'weight' ? '' : name.replace(/\.weight$/, ''),
    width: sizes[i]?.[0] as number,
  }));
  return { inputDim, layers };
}

/** How good a picture looks, nominally 1 .. 10: CLIP embeddings of unit length [n, d] -> [n, 1]. */
export function aestheticHead(p: Scope, embeds: Tensor, config: AestheticHeadConfig): Tensor {
  if (embeds.rank !== 2 || embeds.dim(1) !== config.inputDim)
    throw new GraphError(`aestheticHead: expected [n, ${config.inputDim}], got ${describe(embeds)}`);
  return config.layers.reduce((x, { path, width }) => linear(path === '' ? p : p.at(path), x, width), embeds);
}
