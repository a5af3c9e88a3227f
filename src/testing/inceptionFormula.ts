import { f32, input, Parameters, sizeOf, type TensorData } from '../graph/index.ts';
import { type InceptionV3Variant, inceptionV3 } from '../models/inceptionV3/index.ts';

/*
 * Weights and pictures from formulas, which `fixtures/inception-v3/reference.py` has as well: 24 million parameters need
 * not be stored to be the same there and here.
 */

/**
 * Fills `values` with numbers around `mean` that depend on a name and their index alone: FNV-1a, then the end of
 * MurmurHash3.
 */
function fill<T extends Float32Array | Float64Array>(
  values: T,
  name: string,
  mean: number,
  deviation: number,
): T {
  let seed = 2166136261;
  for (const byte of new TextEncoder().encode(name)) seed = Math.imul(seed ^ byte, 16777619);
  for (let i = 0; i < values.length; i++) {
    let x = Math.imul(i, 2654435761) + seed;
    x ^= x >>> 16;
    x = Math.imul(x, 0x85ebca6b);
    x ^= x >>> 13;
    x = Math.imul(x, 0xc2b2ae35);
    x ^= x >>> 16;
    values[i] = mean + ((x >>> 0) / 2 ** 31 - 1) * deviation;
  }
  return values;
}

/** The mean and the largest deviation of a parameter's values, such that activations neither vanish nor explode. */
function range(name: string, shape: readonly number[]): [number, number] {
  if (name.endsWith('conv.weight')) return [0, Math.sqrt(6 / sizeOf(shape.slice(1)))]; // variance 2 / fan-in
  if (name === 'fc.weight') return [0, Math.sqrt(3 / (shape[1] as number))];
  if (name === 'fc.bias') return [0, 0.1];
  if (name.endsWith('bn.weight')) return [1, 0.25];
  if (name.endsWith('bn.running_var')) return [1, 0.5];
  return [0, 0.2]; // bn.bias, bn.running_mean
}

/** All parameters of a network by their names. */
export function formulaWeights(variant: InceptionV3Variant): Record<string, TensorData> {
  const parameters = new Parameters();
  const classes = variant === 'fid' ? 1008 : 1000;
  inceptionV3(parameters.scope(), input('pixels', [1, 3, 299, 299]), { variant, classes });
  const tensors = [...parameters].map(({ name, shape }): [string, TensorData] => {
    return [name, f32(fill(new Float32Array(sizeOf(shape)), name, ...range(name, shape)), shape)];
  });
  return Object.fromEntries(tensors);
}

/** An RGB picture: squares of 8 x 8 pixels of random colours with noise over them. */
export function formulaPicture(
  name: string,
  width: number,
  height: number,
): { readonly width: number; readonly height: number; readonly data: Uint8Array } {
  const bytes = (kind: string, count: number): Float64Array =>
    fill(new Float64Array(count), `${name} ${kind}`, 128, 128).map(Math.floor);
  const across = Math.ceil(width / 8);
  const blocks = bytes('blocks', across * Math.ceil(height / 8) * 3);
  const noise = bytes('noise', width * height * 3);
  const data = Uint8Array.from(noise, (own, at) => {
    const [pixel, c] = [Math.floor(at / 3), at % 3];
    const [y, x] = [Math.floor(pixel / width), pixel % width];
    const block = blocks[((y >> 3) * across + (x >> 3)) * 3 + c] as number;
    return Math.floor((3 * block + own) / 4);
  });
  return { width, height, data };
}
