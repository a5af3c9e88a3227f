import { input, type ParameterInfo, Parameters, sizeOf } from '../../graph/index.ts';
import { downsampling, encodeImage, ImageCodec, type ImageCodecConfig } from '../../inference/index.ts';
import { checkpointSource } from '../../presets/index.ts';
import type { StageContext } from '../stage.ts';
import { TrainingError } from '../task.ts';
import { checkpointWeights, type Weights } from '../weights.ts';

/** What a finishing starts from. */
export interface StoredVae {
  /** The encoder's weights, and the decoder's in the form that is trained. */
  readonly weights: Weights;
  /** The encoder's parameters, which go into the file as they were. */
  readonly encoder: readonly ParameterInfo[];
  /** The decoder as it is stored: it may have no tail yet, and paint smaller pictures. */
  readonly before: ImageCodec;
}

/**
 * Opens the preset's VAE for a config that may add a tail to its decoder, or let it paint larger pictures: then the last
 * layer's squares of pixels begin as the stored ones, each pixel repeated.
 * @param decoder the parameters that are trained
 * @throws TrainingError where the stored last layer does not fit
 */
export async function storedVae(
  { preset, host }: StageContext,
  config: ImageCodecConfig,
  decoder: readonly ParameterInfo[],
): Promise<StoredVae> {
  const encoder = encoderParameters(config);
  const all = new Map([...encoder, ...decoder].map(({ name }) => [name, name]));
  const stored = await checkpointWeights(preset.layers('vae'), all);
  const last = decoder.filter(({ name }) => name.startsWith('decoder.conv_out.'));
  const bias = last.find(({ name }) => name.endsWith('.bias')) as ParameterInfo;
  const channels = stored.names.has(bias.name) ? (await stored.read(bias.name)).length : sizeOf(bias.shape);
  const patch = Math.sqrt(channels / 3);
  const isPublished = config.outPatch === 1;
  if (!isPublished && (!Number.isInteger(patch) || config.outPatch % patch !== 0)) {
    throw new TrainingError(
      `finish: the stored decoder writes ${channels} channels, which are no squares that make out_patch_size ${config.outPatch}: ` +
        'mend vae/config.json, or train the VAE again',
    );
  }
  const growing = new Set(isPublished || patch === config.outPatch ? [] : last.map(({ name }) => name));
  const source = await checkpointSource(host, preset.layers('vae'));
  const hasTail = [...stored.names].some((name) => name.startsWith('decoder.tail.'));
  const own = growing.size > 0 ? { outPatch: patch, vae: { ...config.vae, outChannels: channels } } : {};
  return {
    weights: {
      names: stored.names,
      read: async (name) => {
        const values = await stored.read(name);
        return growing.has(name) ? repeated(values, patch, config.outPatch) : values;
      },
    },
    encoder,
    before: new ImageCodec(source, {
      ...config,
      ...own,
      tailChannels: hasTail && growing.size === 0 ? config.tailChannels : 0,
    }),
  };
}

/** Rows for squares of `from` pixels a side as rows for squares of `to`: [3 from from, k] -> [3 to to, k]. */
export function repeated(values: Float32Array, from: number, to: number): Float32Array {
  const k = values.length / (3 * from * from);
  const out = new Float32Array(3 * to * to * k);
  const times = to / from;
  for (let c = 0; c < 3; c++) {
    for (let y = 0; y < to; y++) {
      for (let x = 0; x < to; x++) {
        const row = (c * from + Math.floor(y / times)) * from + Math.floor(x / times);
        out.set(values.subarray(row * k, (row + 1) * k), ((c * to + y) * to + x) * k);
      }
    }
  }
  return out;
}

function encoderParameters(config: ImageCodecConfig): ParameterInfo[] {
  const parameters = new Parameters();
  const side = 2 * downsampling(config);
  encodeImage(parameters.scope(), config, input('image', [1, 3, side, side]));
  return [...parameters];
}
