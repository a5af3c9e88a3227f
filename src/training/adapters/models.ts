import type { ConfigJson } from '../../base/configJson.ts';
import { input, type Scope } from '../../graph/index.ts';
import { declarations } from '../../inference/index.ts';
import type { AutoregressorConfig } from '../../models/autoregressor/index.ts';
import { llama, llamaEmbed } from '../../models/llama/index.ts';
import type { StageContext } from '../stage.ts';
import { AdaptedModel } from './adaptedModel.ts';
import { type AdaptedBase, baseOf } from './bases.ts';
import type { LoraSettings } from './settings.ts';

/** Tensors of transformers' LlamaForCausalLM; the others of the autoregressor are the paper's additions. */
export const isLlama = (name: string): boolean => /^(model|lm_head)\./.test(name);

/** Tensors of diffusers' UNet2DConditionModel; the others are keys of our own, see `UNet2DConfig`. */
const isUNet = (name: string): boolean => !/^(draft|position_in)\./.test(name);

/** The autoregressor's language model with adapters; projections and mixture head are trained wholly. */
export async function adaptedLlama(
  context: StageContext,
  settings: LoraSettings,
  config: AutoregressorConfig,
): Promise<AdaptedModel> {
  const base = await baseOf(context, 'autoregressor', 'autoregressor');
  return AdaptedModel.open(settings, {
    stage: 'autoregressor',
    prefix: '',
    base: base.paths,
    baseName: base.name,
    publishes: isLlama,
    trains: (name) => !isLlama(name),
    declare: (p) => llama(p, config.llama, llamaEmbed(p, config.llama, input('ids', [1, 1], 'int64'))),
    layout: 'peft',
  });
}

/** The U-Net of `unet` in a stage's graph with adapters; nothing of what its checkpoint has is trained wholly. */
export async function adaptedUNet(
  stage: string,
  settings: LoraSettings,
  config: ConfigJson,
  base: AdaptedBase & { readonly prefix?: string },
): Promise<AdaptedModel> {
  return AdaptedModel.open(settings, {
    stage,
    prefix: 'unet',
    base: base.paths,
    basePrefix: base.prefix ?? '',
    baseName: base.name,
    publishes: isUNet,
    trains: () => false,
    declare: (p: Scope) => declarations.unet(p, config),
    layout: 'diffusers',
  });
}
