import { input, Parameters } from '../src/graph/index.ts';
import { decodeKl, encodeKl, readAutoencoderKlConfig } from '../src/models/autoencoderKl/index.ts';
import type { ParityRow } from './compare.ts';
import { execute } from './execute.ts';
import { outputRows, tensor, wanted, withFixture } from './fixture.ts';

/** AutoencoderKL: the posterior of an image, the picture of a latent, and the way there and back. */
export function run(dir: string): Promise<ParityRow[]> {
  return withFixture(dir, async ({ config: json, io, weights }) => {
    const config = readAutoencoderKlConfig(json);
    const p = new Parameters(weights.names()).scope();
    const [image, latent] = [tensor(io, 'in.image'), tensor(io, 'in.latent')];
    const { moments, mean, logvar, std } = encodeKl(p, config, input('image', image.shape));
    const outputs = wanted(io, {
      moments,
      mean,
      logvar,
      std,
      decoded: decodeKl(p, config, input('latent', latent.shape)),
      reconstruction_from_mean: decodeKl(p, config, mean),
    });
    return outputRows(io, await execute(outputs, { image, latent }, weights));
  });
}
