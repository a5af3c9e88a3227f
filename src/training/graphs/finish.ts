import {
  abs,
  add,
  input,
  matmul,
  mean,
  mul,
  neg,
  Parameters,
  type ParametersOptions,
  relu,
  Scope,
  slice,
  square,
  stopGradient,
  sub,
  type Tensor,
} from '../../graph/index.ts';
import { decodeImage, downsampling, type ImageCodecConfig, scaleOf } from '../../inference/index.ts';
import { type Judgement, patchDiscriminator } from '../../models/patchDiscriminator/index.ts';
import type { StageGraph } from './stageGraph.ts';

/** The name that all parameters of the discriminator begin with. */
export const discriminatorPrefix = 'discriminator';

export interface FinishWeights {
  readonly batchSize: number;
  /** Side of the squares that the decoder is compared on, and what it decodes beyond on each side. */
  readonly crop: number;
  readonly margin: number;
  readonly squareWeight: number;
  readonly edgeWeight: number;
  readonly featureWeight: number;
  readonly adversarialWeight: number;
  /** Channels of the discriminator's layers. */
  readonly discriminator: readonly number[];
}

/** Side of the pictures that are decoded, and of those that the discriminator sees. */
export const sides = ({
  crop,
  margin,
  discriminator,
}: Pick<FinishWeights, 'crop' | 'margin' | 'discriminator'>): { window: number; seen: number } => ({
  window: crop + 2 * margin,
  seen: crop - 2 ** discriminator.length,
});

/**
 * The decoder's loss and the discriminator's as one sum of parts that share no gradients. Inputs: raw `latents`
 * [n, c, h, w] and the true `image` [n, 3, window, window]; `weights` [n, 1, window, window], 1 on average, 0 where the loss
 * does not look; `rows` [n, 1, seen, window] and `columns` [n, 1, window, seen], which pick the square that the
 * discriminator sees; `fade` [1], 0 .. 1: how much the discriminator counts.
 */
export function finishGraph(
  config: ImageCodecConfig,
  settings: FinishWeights,
  options: ParametersOptions = {},
): StageGraph {
  const { batchSize: n, discriminator: channels } = settings;
  const { window, seen } = sides(settings);
  const side = window / (downsampling(config) * scaleOf(config));
  const parameters = new Parameters(undefined, options);
  const truth = input('image', [n, 3, window, window]);
  const decoded = decodeImage(
    parameters.scope(),
    config,
    input('latents', [n, config.vae.latentChannels, side, side]),
  );

  const weights = input('weights', [n, 1, window, window]);
  const weighed = (x: Tensor): Tensor => mean(mul(x, slice(slice(weights, 2, 0, x.dim(2)), 3, 0, x.dim(3))));
  const difference = sub(decoded, truth);
  const pixels = weighed(abs(difference));
  const squares = weighed(square(difference));
  const edges = add(weighed(abs(steps(difference, 2))), weighed(abs(steps(difference, 3))));

  const rows = input('rows', [n, 1, seen, window]);
  const columns = input('columns', [n, 1, window, seen]);
  const view = (x: Tensor): Tensor => matmul(matmul(rows, x), columns); // [n, 3, seen, seen]
  const judge = (p: Scope, x: Tensor): Judgement => patchDiscriminator(p, { channels, slope: 0.2 }, x);
  const own = parameters.scope(discriminatorPrefix);
  const painted = view(decoded);
  const real = judge(own, view(truth));
  const fake = judge(own, stopGradient(painted));
  const opinion = judge(new FixedScope(parameters, discriminatorPrefix), painted);

  const discriminator = add(mean(relu(sub(1, real.logits))), mean(relu(add(1, fake.logits)))); // hinge
  const adversarial = neg(mean(opinion.logits));
  const features = mul(
    opinion.features
      .map((f, i) => mean(abs(sub(f, stopGradient(real.features[i] as Tensor)))))
      .reduce((a, b) => add(a, b)),
    1 / channels.length,
  );
  const { squareWeight, edgeWeight, featureWeight, adversarialWeight } = settings;
  const judged = add(mul(features, featureWeight), mul(adversarial, adversarialWeight));
  const terms = [
    pixels,
    mul(squares, squareWeight),
    mul(edges, edgeWeight),
    mul(mean(input('fade', [1])), judged),
    discriminator,
  ];
  return {
    parameters,
    loss: terms.reduce((a, b) => add(a, b)),
    metrics: { pixels, squares, edges, features, adversarial, discriminator },
  };
}

/** A scope whose parameters are read and not trained: gradients flow through what is computed with them alone. */
class FixedScope extends Scope {
  override at(...names: ArgumentsOf<Scope['at']>): Scope {
    return new FixedScope(this.parameters, super.at(...names).path);
  }

  override param(...declaration: ArgumentsOf<Scope['param']>): Tensor {
    return stopGradient(super.param(...declaration));
  }
}

/** Differences between neighbours along an axis. */
function steps(x: Tensor, axis: number): Tensor {
  return sub(slice(x, axis, 1), slice(x, axis, 0, x.dim(axis) - 1));
}

type ArgumentsOf<F extends (...args: never[]) => unknown> = F extends (...args: infer A) => unknown
  ? A
  : never;
