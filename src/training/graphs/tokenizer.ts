import {
  input,
  mean,
  Parameters,
  type ParametersOptions,
  square,
  sub,
  type Tensor,
} from '../../graph/index.ts';
import { type CompressorConfig, compressor } from '../../models/compressor/index.ts';
import { pooledTokens, type RendererContextConfig } from '../../models/rendererContext/index.ts';
import { draftMap, type UNet2DConfig } from '../../models/unet2d/index.ts';
import { denoisingInputs, denoisingLoss } from '../stages/denoising.ts';
import type { TrainingPhase } from '../task.ts';
import { checkDraft } from './draft.ts';
import type { StageGraph } from './stageGraph.ts';

export interface TokenizerConfigs {
  readonly compressor: CompressorConfig;
  readonly unet: UNet2DConfig;
  readonly context: RendererContextConfig;
}

export interface TokenizerPhases {
  readonly batchSize: number;
  readonly draftSteps: number;
  readonly draftBatch?: number | undefined;
  readonly freezeDecoderSteps: number;
}

/**
 * The diffusion autoencoder's loss, from spatial tokens and noisy latents.
 * @param latent [c, h, w] of a picture's latents
 * @param where the settings, in messages
 */
export function tokenizerGraph(
  configs: TokenizerConfigs,
  settings: TokenizerPhases,
  latent: readonly number[],
  options: ParametersOptions,
  where: string,
): StageGraph & { readonly phases: readonly TrainingPhase[] } {
  const { unet, context } = configs;
  const { batchSize: n, draftSteps, draftBatch = n, freezeDecoderSteps } = settings;
  const parameters = new Parameters(undefined, options);
  const encoded = (count: number): { tokens: Tensor; pooled: Tensor } => {
    const spatial = input('spatial', [count, configs.compressor.tokens, configs.compressor.inputDim]);
    const tokens = compressor(parameters.scope('compressor'), spatial, configs.compressor);
    return { tokens, pooled: pooledTokens(parameters.scope('renderer'), tokens, context) };
  };
  const inputs = denoisingInputs(n, latent);
  const { tokens, pooled } = encoded(n);
  const { loss, error } = denoisingLoss(parameters.scope('unet'), unet, inputs, tokens, pooled);
  const draftPhase = (): TrainingPhase => {
    const map = draftMap(
      parameters.scope('unet').at('draft'),
      checkDraft(unet, latent, where),
      encoded(draftBatch).pooled,
    );
    const error = mean(square(sub(map, input('clean', [draftBatch, ...latent]))));
    const trains = (name: string): boolean => /^(compressor|renderer|unet\.draft\.(hidden|map))\./.test(name);
    return { from: 0, batchSize: draftBatch, trains, loss: error, metrics: { error } };
  };
  return {
    parameters,
    loss,
    metrics: { error },
    phases: [
      ...(draftSteps > 0 ? [draftPhase()] : []),
      { from: draftSteps, trains: (name) => freezeDecoderSteps === 0 || !name.startsWith('unet.') },
      { from: draftSteps + freezeDecoderSteps, trains: () => true },
    ],
  };
}
