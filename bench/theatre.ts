import { readFileSync } from 'node:fs';
import { abs, input, mean, meanSquaredError, Parameters, sub } from '../src/graph/index.ts';
import { decodeImage, downsampling, encodeImage, readImageCodecConfig } from '../src/inference/imageCodec.ts';
import { drawFrom } from '../src/models/autoencoderKl/index.ts';
import { readUNet2DConfig, unet2d } from '../src/models/unet2d/index.ts';
import { type BenchModel, noise, trained } from './models.ts';

const preset = (path: string): Record<string, unknown> =>
  JSON.parse(readFileSync(new URL(`../presets/theatre/${path}`, import.meta.url), 'utf8'));

/** A step of the renderer's U-Net at the size and batch that the theatre preset trains. */
function unetTrain(): BenchModel {
  const json = preset('unet/config.json');
  const n = preset('training/renderer.json').batchSize as number;
  const config = readUNet2DConfig(json);
  const parameters = new Parameters();
  const shapes: Record<string, number[]> = {
    sample: [n, config.inChannels, 8, 14],
    timestep: [n],
    context: [n, 22, config.contextWidth],
    text: [n, preset('renderer/config.json').pooledDim as number],
    ids: [n, 6],
    target: [n, config.outChannels, 8, 14],
  };
  const feeds = Object.fromEntries(Object.entries(shapes).map(([name, s]) => [name, noise(name, s)]));
  const at = (name: string) => input(name, shapes[name]!);
  const y = unet2d(parameters.scope(), config, {
    sample: at('sample'),
    timestep: at('timestep'),
    encoderHiddenStates: at('context'),
    textEmbeds: at('text'),
    timeIds: at('ids'),
  });
  return trained(parameters, meanSquaredError(y, at('target')), feeds);
}

/** A step of the image autoencoder, likewise; absolute error only. */
function vaeTrain(): BenchModel {
  const config = readImageCodecConfig(preset('vae/config.json'));
  const { batchSize: n, crop } = preset('training/vae.json') as { batchSize: number; crop: number };
  const side = crop / downsampling(config);
  const parameters = new Parameters();
  const p = parameters.scope();
  const image = input('image', [n, 3, crop, crop]);
  const z = drawFrom(
    encodeImage(p, config, image),
    input('noise', [n, config.vae.latentChannels, side, side]),
  );
  const loss = mean(abs(sub(decodeImage(p, config, z), image)));
  return trained(parameters, loss, {
    image: noise('image', image.shape),
    noise: noise('noise', [n, config.vae.latentChannels, side, side]),
  });
}

export const theatre: Readonly<Record<string, () => BenchModel>> = {
  'theatre-unet-train': unetTrain,
  'theatre-vae-train': vaeTrain,
};
