import { join } from 'node:path';
import { grad } from '../src/autodiff/index.ts';
import { type Float32Tensor, readConfig, SafetensorsFile } from '../src/checkpoints/index.ts';
import { input, mul, sum, type TensorData } from '../src/graph/index.ts';
import {
  gaussianMixtureConfig,
  mixtureMean,
  mixtureOf,
  mixtureWeights,
  negativeLogLikelihood,
} from '../src/models/gaussianMixture/index.ts';
import { type ParityRow, parityRow } from './compare.ts';
import { execute } from './execute.ts';
import { outputThreshold } from './fixture.ts';

/** Compares likelihood, gradient, weights, deviations and mean of the Gaussian-mixture head with the `gmm` fixture. */
export async function run(dir: string): Promise<ParityRow[]> {
  const { min_variance: floor = 1e-6 } = await readConfig(join(dir, 'config.json'));
  const file = await SafetensorsFile.open(join(dir, 'io.safetensors'));
  try {
    const raw = await file.readFloat32('in.raw');
    const target = await file.readFloat32('in.target');
    const prefixes = file
      .names()
      .flatMap((name) => (name.endsWith('.nll') ? [name.slice(0, -'.nll'.length)] : []));
    const rows: ParityRow[] = [];
    for (const prefix of prefixes) {
      const actual = await values(raw, target, { scale: prefix, floor });
      for (const [name, tensor] of Object.entries(actual)) {
        const expected = await file.readFloat32(`${prefix}.${name}`);
        rows.push(
          parityRow(`${prefix}.${name}`, tensor.data as Float32Array, expected.data, outputThreshold),
        );
      }
    }
    return rows;
  } finally {
    await file.close();
  }
}

/** Everything that the fixture holds for one way to write the scale; k and d follow from the shapes. */
function values(
  raw: Float32Tensor,
  target: Float32Tensor,
  options: { scale: string; floor: unknown },
): Promise<Record<string, TensorData>> {
  const dim = target.shape.at(-1)!;
  const components = raw.shape.at(-1)! / (2 * dim + 1);
  const config = gaussianMixtureConfig.parse({ components, dim, layout: 'means-first', ...options });
  const x = input('raw', raw.shape);
  const mixture = mixtureOf(x, config);
  const nll = negativeLogLikelihood(mixture, input('target', target.shape)); // [b, s]
  const total = sum(nll);
  const [gradient] = grad(total, [x]);
  const outputs = {
    nll,
    nll_sum: total,
    nll_sum_over_d: mul(total, 1 / dim),
    nll_mean_per_dim: mul(total, 1 / (dim * nll.size)),
    grad_raw_of_nll_sum: gradient!,
    weights: mixtureWeights(mixture),
    component_std: mixture.std,
    mean: mixtureMean(mixture),
  };
  return execute(outputs, { raw, target });
}
