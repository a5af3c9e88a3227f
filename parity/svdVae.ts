import { input, Parameters } from '../src/graph/index.ts';
import { decodeTemporalVae, encodeTemporalVae, readTemporalVaeConfig } from '../src/models/svd/index.ts';
import type { ParityRow } from './compare.ts';
import { execute } from './execute.ts';
import { outputRows, tensor, wanted, withFixture } from './fixture.ts';

/** AutoencoderKLTemporalDecoder: the posterior of an image, and the pictures of a clip's latents. */
export function run(dir: string): Promise<ParityRow[]> {
  return withFixture(dir, async ({ config: json, io, weights }) => {
    const config = readTemporalVaeConfig(json);
    const p = new Parameters(weights.names()).scope();
    const [image, latent] = [tensor(io, 'in.image'), tensor(io, 'in.latent')];
    const frames = Number(tensor(io, 'in.num_frames').data[0]);
    const { moments, mean, logvar, std } = encodeTemporalVae(p, config, input('image', image.shape));
    const decoded = decodeTemporalVae(p, config, input('latent', latent.shape), frames);
    const outputs = wanted(io, { moments, mean, logvar, std, decoded });
    return outputRows(io, await execute(outputs, { image, latent }, weights));
  });
}
