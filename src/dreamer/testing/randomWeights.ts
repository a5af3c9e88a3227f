import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { f32, input, Parameters, type Scope, type TensorData } from '../../graph/index.ts';
import { autoregressorConfig, autoregressorStep, stepInputs } from '../../models/autoregressor/index.ts';
import {
  clipTextWithProjection,
  clipVisionWithProjection,
  readClipTextConfig,
  readClipVisionConfig,
} from '../../models/clip/index.ts';
import { compressor, compressorConfig } from '../../models/compressor/index.ts';
import type { ConfigJson } from '../../models/configs.ts';
import {
  contextRows,
  placeWidth,
  pooledTokens,
  rendererContext,
  rendererContextConfig,
} from '../../models/rendererContext/index.ts';
import { readSvdUNetConfig, svdUNet } from '../../models/svd/index.ts';
import { readUNet2DConfig, unet2d } from '../../models/unet2d/index.ts';
import { writeSafetensors } from '../../runtime/index.ts';
import { initialValues } from '../../training/initialise.ts';
import { decodeImage, downsampling, encodeImage, readImageCodecConfig } from '../imageCodec.ts';
import type { ModelName, Preset } from '../preset.ts';

type Declare = (p: Scope, config: ConfigJson) => unknown;

const vision: Declare = (p, json) => {
  const config = readClipVisionConfig(json);
  clipVisionWithProjection(p, config, input('pixels', [1, 3, config.imageSize, config.imageSize]));
};

/** Declares all parameters of a model, at the smallest sizes that it takes. */
const declare: { readonly [K in Exclude<ModelName, 'decoder'>]: Declare } = {
  clip: (p, json) => {
    vision(p, json);
    clipTextWithProjection(
      p,
      readClipTextConfig(json),
      input('ids', [1, 2], 'int64'),
      input('ends', [1], 'int64'),
    );
  },
  face: vision,
  vae: (p, json) => {
    const config = readImageCodecConfig(json);
    const side = downsampling(config);
    encodeImage(p, config, input('image', [1, 3, side, side]));
    decodeImage(p, config, input('latents', [1, config.vae.latentChannels, 1, 1]));
  },
  compressor: (p, json) => {
    const config = compressorConfig.parse(json);
    compressor(p, input('spatial', [1, config.tokens, config.inputDim]), config);
  },
  unet: (p, json) => {
    const config = readUNet2DConfig(json);
    const { textTime, draft } = config;
    const { height, width } = draft ?? { height: 8, width: 8 };
    unet2d(p, config, {
      sample: input('sample', [1, config.inChannels, height, width]),
      timestep: input('timestep', [1]),
      encoderHiddenStates: input('context', [1, 1, config.contextWidth]),
      ...(draft ? { columns: input('columns', [1, width, 1]) } : {}),
      ...(textTime
        ? {
            textEmbeds: input('text', [1, textTime.total - 6 * textTime.sinusoid]),
            timeIds: input('ids', [1, 6]),
          }
        : {}),
    });
  },
  renderer: (p, json) => {
    const config = rendererContextConfig.parse(json);
    const inputs = {
      tokens: input('tokens', [1, config.tokens, config.tokenDim]),
      sentences: input('sentences', [1, config.sentences, config.sentenceDim]),
      faces: input('faces', [1, config.faces, config.faceDim]),
      rows: input('rows', [1, contextRows(config)]),
      ...(config.places ? { places: input('places', [1, contextRows(config), placeWidth(config)]) } : {}),
    };
    rendererContext(p, inputs, config);
    if (config.pooledDim) pooledTokens(p, inputs.tokens, config);
  },
  autoregressor: (p, json) => {
    const config = autoregressorConfig.parse(json);
    const shape = { batch: 1, length: 1, capacity: 1, reads: 1, text: 1, sentences: 1, faces: 1, visual: 1 };
    autoregressorStep(p, config, stepInputs(config, shape));
  },
  animator: (p, json) => {
    const config = readSvdUNetConfig(json);
    svdUNet(p, config, {
      sample: input('sample', [1, 2, config.inChannels, 8, 8]),
      timestep: input('timestep', [1]),
      encoderHiddenStates: input('context', [1, 1, config.contextWidth]),
      addedTimeIds: input('ids', [1, 3]),
    });
  },
};

/** Writes weights drawn at random for every model of a preset into its folder of weights. */
export async function writeRandomWeights(preset: Preset, seed = 1): Promise<void> {
  for (const model of Object.keys(declare) as (keyof typeof declare)[]) {
    const parameters = new Parameters();
    declare[model](parameters.scope(), await preset.config(model));
    await mkdir(preset.weights(model), { recursive: true });
    await writeSafetensors(join(preset.weights(model), 'model.safetensors'), drawn(parameters, seed));
  }
}

/** Fresh values, but none all zero: so that every layer has a say in what comes out. */
function drawn(parameters: Parameters, seed: number): Record<string, TensorData> {
  const all = [...parameters].map((p): [string, TensorData] => {
    const init =
      p.init.kind === 'zeros' && p.shape.length > 1 ? ({ kind: 'normal', std: 0.1 } as const) : p.init;
    return [p.name, f32(initialValues({ ...p, init }, seed), p.shape)];
  });
  return Object.fromEntries(all);
}
