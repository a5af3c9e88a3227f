import type { ConfigJson } from '../base/configJson.ts';
import { parseConfig } from '../base/index.ts';
import { input, type Scope } from '../graph/index.ts';
import { autoregressorConfig, autoregressorStep, stepInputs } from '../models/autoregressor/index.ts';
import {
  clipOpenaiImage,
  clipOpenaiText,
  clipTextWithProjection,
  clipVisionWithProjection,
  readClipOpenaiConfig,
  readClipTextConfig,
  readClipVisionConfig,
} from '../models/clip/index.ts';
import { compressor, compressorConfig } from '../models/compressor/index.ts';
import {
  inputsOf,
  pooledTokens,
  rendererContext,
  rendererContextConfig,
} from '../models/rendererContext/index.ts';
import { readSvdUNetConfig, svdUNet } from '../models/svd/index.ts';
import { readUNet2DConfig, timeIdsInput, unet2d } from '../models/unet2d/index.ts';
import type { ModelName } from '../presets/index.ts';
import { decodeImage, downsampling, encodeImage, readImageCodecConfig } from './imageCodec.ts';

/** Builds graphs, at the smallest sizes, that have all parameters of a model with a config. */
export type Declare = (p: Scope, config: ConfigJson) => void;

const text: Declare = (p, json) => {
  const [ids, ends] = [input('ids', [1, 2], 'int64'), input('ends', [1], 'int64')];
  if (isOpenai(json)) clipOpenaiText(p, readClipOpenaiConfig(json), ids, ends);
  else clipTextWithProjection(p, readClipTextConfig(json), ids, ends);
};

const vision: Declare = (p, json) => {
  const openai = isOpenai(json) ? readClipOpenaiConfig(json) : undefined;
  const config = openai?.vision ?? readClipVisionConfig(json);
  const pixels = input('pixels', [1, 3, config.imageSize, config.imageSize]);
  if (openai) clipOpenaiImage(p, openai, pixels);
  else clipVisionWithProjection(p, config, pixels);
};

/** OpenAI's layout of CLIP, in which LongCLIP and FaRL are published; see `readClipOpenaiConfig`. */
export const isOpenai = (json: ConfigJson): boolean => 'embed_dim' in json;

const vae: Declare = (p, json) => {
  const config = readImageCodecConfig(json);
  const side = downsampling(config);
  encodeImage(p, config, input('image', [1, 3, side, side]));
  decodeImage(p, config, input('latents', [1, config.vae.latentChannels, 1, 1]));
};

export const declarations: { readonly [K in ModelName]: Declare } = {
  clip: (p, json) => {
    vision(p, json);
    text(p, json);
  },
  // OpenAI's checkpoints hold both towers
  text: (p, json) => {
    text(p, json);
    if (isOpenai(json)) vision(p, json);
  },
  face: (p, json) => {
    vision(p, json);
    if (isOpenai(json)) text(p, json);
  },
  vae,
  compressor: (p, json) => {
    const config = parseConfig(compressorConfig, json);
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
            timeIds: timeIdsInput(1),
          }
        : {}),
    });
  },
  renderer: (p, json) => {
    const config = parseConfig(rendererContextConfig, json);
    const inputs = inputsOf(1, config).context;
    rendererContext(p, inputs, config);
    if (config.pooledDim) pooledTokens(p, inputs.tokens, config);
  },
  autoregressor: (p, json) => {
    const config = parseConfig(autoregressorConfig, json);
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
      ...(config.keyframeChannels > 0
        ? { keyframe: input('keyframe', [1, config.keyframeChannels, 8, 8]) }
        : {}),
    });
  },
  animator_vae: vae,
  animator_image_encoder: vision,
};

/** As `declarations`, but without towers of a checkpoint that nobody runs. */
export const running: typeof declarations = { ...declarations, text, face: vision };
