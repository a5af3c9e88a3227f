import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeSafetensors } from '../checkpoints/index.ts';
import { f32, input, Parameters, type TensorData } from '../graph/index.ts';
import { faceDetector, faceDetectorConfig } from '../models/faceDetector/index.ts';
import { initialValues } from '../nn/initialise.ts';

const config = { patch: 4, channels: [4, 8], groups: 2 };

/**
 * Adds a detector with weights drawn at random to a tiny preset. What it calls a face means nothing, but it calls some
 * cells faces and others not, by what is in the picture: none to ten in a picture of 112 x 64.
 */
export async function writeTinyDetector(preset: string, weights: string): Promise<void> {
  const parameters = new Parameters();
  faceDetector(parameters.scope(), input('pixels', [1, 3, 8, 8]), faceDetectorConfig.parse(config));
  const tensors = [...parameters].map((p): [string, TensorData] => {
    const values = initialValues(p, 5);
    // without what training adds, every cell says "no face" alike, with boxes of two cells; with a higher bias the
    // encoders would see hundreds of faces in every picture
    if (p.name === 'conv_out.weight') for (let i = 0; i < values.length; i++) values[i]! *= 4;
    if (p.name === 'conv_out.bias') values.set([Math.log(99) - 2, 0.2, 0.2, 0.2, 0.2]);
    return [p.name, f32(values, p.shape)];
  });
  await mkdir(join(preset, 'detector'), { recursive: true });
  await mkdir(join(weights, 'detector'), { recursive: true });
  await writeFile(join(preset, 'detector', 'config.json'), JSON.stringify(config));
  await writeSafetensors(join(weights, 'detector', 'model.safetensors'), Object.fromEntries(tensors));
}
