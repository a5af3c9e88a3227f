import { type ParameterInfo, sizeOf } from '../graph/index.ts';
import { Random } from '../random/index.ts';

/** Draws a parameter's first values; each parameter has a random stream of its own name. */
export function initialValues({ name, shape, init }: ParameterInfo, seed: number): Float32Array {
  const n = sizeOf(shape);
  const random = Random.of(seed, 'init', name);
  switch (init.kind) {
    case 'zeros':
      return new Float32Array(n);
    case 'ones':
      return new Float32Array(n).fill(1);
    case 'constant':
      return new Float32Array(n).fill(init.value);
    case 'normal':
      return random.normals(n).map((v) => v * init.std);
    case 'uniform':
      return Float32Array.from({ length: n }, () => random.uniform(-init.bound, init.bound));
  }
}
