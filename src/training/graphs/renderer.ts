import {
  input,
  mean,
  mul,
  Parameters,
  type ParametersOptions,
  square,
  sub,
  type Tensor,
} from '../../graph/index.ts';
import {
  inputsOf,
  pooledTokens,
  type RendererContextConfig,
  rendererContext,
} from '../../models/rendererContext/index.ts';
import { draft, type UNet2DConfig } from '../../models/unet2d/index.ts';
import { denoisingInputs, denoisingLoss } from '../stages/denoising.ts';
import type { TrainingPhase } from '../task.ts';
import { checkDraft } from './draft.ts';
import type { StageGraph } from './stageGraph.ts';

export interface RendererConfigs {
  readonly unet: UNet2DConfig;
  readonly context: RendererContextConfig;
}

export interface RendererPhases {
  readonly batchSize: number;
  readonly draftSteps: number;
  readonly draftBatch?: number | undefined;
  readonly peopleWeight: number;
}

interface Conditioned {
  readonly context: Tensor;
  readonly pooled: Tensor;
  readonly columns?: Tensor | undefined;
  /** Weights of the places within each picture. */
  readonly places?: Tensor | undefined;
}

/**
 * The renderer's loss, from tokens, sentences, faces and noisy latents.
 * @param latent [c, h, w] of a picture's latents
 * @param where the settings, in messages
 */
export function rendererGraph(
  { unet, context: config }: RendererConfigs,
  settings: RendererPhases,
  latent: readonly number[],
  options: ParametersOptions,
  where: string,
): StageGraph & { readonly phases: readonly TrainingPhase[] } {
  const parameters = new Parameters(undefined, options);
  const { batchSize: n, draftSteps, draftBatch = n } = settings;
  const [, h = 0, w = 0] = latent;
  /** The conditioning of `count` samples. */
  const conditioned = (count: number): Conditioned => {
    const p = parameters.scope('renderer');
    const inputs = inputsOf(count, config);
    return {
      context: rendererContext(p, inputs.context, config),
      pooled: pooledTokens(p, inputs.context.tokens, config),
      ...inputs.unet,
      ...(settings.peopleWeight > 1 && { places: input('people', [count, 1, h, w]) }),
    };
  };
  const inputs = denoisingInputs(n, latent);
  const { context: rows, pooled, ...more } = conditioned(n);
  const { loss, error } = denoisingLoss(parameters.scope('unet'), unet, inputs, rows, pooled, more);
  const draftPhase = (): TrainingPhase => {
    const own = checkDraft(unet, latent, where);
    const { context, pooled, columns, places } = conditioned(draftBatch);
    const drafted = draft(parameters.scope('unet').at('draft'), own, pooled, context, columns);
    const squares = square(sub(drafted, input('clean', [draftBatch, ...latent])));
    const loss = mean(places ? mul(squares, places) : squares);
    return { from: 0, batchSize: draftBatch, trains: isDraft, loss, metrics: { error: mean(squares) } };
  };
  return {
    parameters,
    loss,
    metrics: { error },
    phases:
      draftSteps > 0
        ? [draftPhase(), { from: draftSteps, trains: (name) => !isDraft(name) }]
        : [{ from: 0, trains: () => true }],
  };
}

/** What the draft is made of: the projections of its context, and all of its own but what the U-Net reads it with. */
const isDraft = (name: string): boolean => /^(renderer|unet\.draft)\.(?!in\.)/.test(name);
