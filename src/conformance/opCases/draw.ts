import type { DType, TensorData } from '../../graph/index.ts';
import type { Nd } from './nd.ts';
import type { InputSpec } from './opCase.ts';

/** A stream of random numbers. */
export interface Draws {
  uniform(low: number, high: number): number;
  int(n: number): number;
  chance(p: number): boolean;
}

/** Values of an input. */
export function draw(random: Draws, { shape, dtype = 'float32', range, values }: InputSpec): Nd {
  const size = shape.reduce((a, b) => a * b, 1);
  const [low, high] = range ?? [-2, 2];
  const one = (): number => {
    if (dtype === 'bool') return Number(random.chance(0.5));
    return dtype === 'int64' ? low + random.int(high - low) : Math.fround(random.uniform(low, high));
  };
  return {
    shape,
    data: values ? Float64Array.from(values, Math.fround) : Float64Array.from({ length: size }, one),
  };
}

/** Values as a tensor to be fed. */
export function toHost({ shape, data }: Nd, dtype: DType): TensorData {
  if (dtype === 'int64') return { dtype, shape, data: BigInt64Array.from(data, BigInt) };
  return { dtype, shape, data: dtype === 'bool' ? Uint8Array.from(data) : Float32Array.from(data) };
}
