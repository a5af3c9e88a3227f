import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConfigJson } from '../../base/configJson.ts';
import { adapterScale, Checkpoint, type TensorHeader, writeShards } from '../../checkpoints/index.ts';
import type { TypedArray } from '../../graph/index.ts';
import { saveJson } from '../savedModels.ts';
import type { StageContext } from '../stage.ts';
import { TrainingError } from '../task.ts';
import { type AdaptedBase, baseOf } from './bases.ts';
import type { LoraSettings } from './settings.ts';

const baseFile = 'base.json';

/** What is noted of a decoder's adapters. */
interface Noted extends AdaptedBase {
  readonly scale: number;
}

/** Notes for which U-Net a decoder's adapters are; of a decoder with a U-Net of its own, nothing. */
export async function saveDecoderBase(
  decoder: string,
  base: AdaptedBase | undefined,
  lora: LoraSettings | undefined,
): Promise<void> {
  if (base && lora) await saveJson(decoder, baseFile, { ...base, scale: scaleOf(lora) } satisfies Noted);
  else await rm(join(decoder, baseFile), { force: true });
}

/**
 * The U-Net that the renderer adapts: where it starts from another run, that one's; else the decoder's own, or the one
 * that the decoder adapts. Throws TrainingError where those adapters have another scale.
 */
export async function rendererBase(
  context: StageContext,
  lora: LoraSettings,
): Promise<AdaptedBase & { readonly prefix?: string }> {
  if (context.from !== undefined) return baseOf(context, 'renderer', 'unet');
  const folder = context.preset.weightsIn('decoder');
  const decoder = await Checkpoint.open(folder);
  await decoder.close();
  if (decoder.has('unet.conv_in.weight')) return { paths: [folder], name: '.', prefix: 'unet' };
  const noted = await readFile(join(folder, baseFile), 'utf8').catch(() => undefined);
  if (noted === undefined) return baseOf(context, 'renderer', 'unet');
  const { scale, ...base } = JSON.parse(noted) as Noted;
  if (scale !== scaleOf(lora)) {
    throw new TrainingError(
      `renderer: lora.r and lora.alpha scale adapters by ${scaleOf(lora)}, but those of the tokenizer, which it goes on ` +
        `training, by ${scale}: give both stages the same`,
    );
  }
  return base;
}

const scaleOf = ({ r, alpha, rslora }: LoraSettings): number => adapterScale(r, alpha, rslora);

/** Copies the model below `prefix` of a checkpoint into a folder of its own, one tensor after the other. */
export async function copyModel(
  from: readonly string[],
  prefix: string,
  folder: string,
  config: ConfigJson,
): Promise<void> {
  const checkpoint = await Checkpoint.open(from);
  try {
    const below = `${prefix}.`;
    const tensors = checkpoint.names().flatMap((name): TensorHeader[] => {
      if (!name.startsWith(below)) return [];
      const { dtype, shape } = checkpoint.info(name);
      return [{ name: name.slice(below.length), dtype: dtype as TensorHeader['dtype'], shape }];
    });
    const values = async function* ({ name }: TensorHeader): AsyncGenerator<TypedArray> {
      yield (await checkpoint.read(below + name)).data;
    };
    await writeShards(folder, tensors, values, { base: 'diffusion_pytorch_model' });
  } finally {
    await checkpoint.close();
  }
  await saveJson(folder, 'config.json', config);
}
