import { input, Parameters } from '../src/graph/index.ts';
import { clipVisionWithProjection, readClipVisionConfig } from '../src/models/clip/index.ts';
import type { ParityRow } from './compare.ts';
import { execute } from './execute.ts';
import { numbered, outputRows, tensor, wanted, withFixture } from './fixture.ts';

/** The CLIP vision tower with projection: every recorded hidden state and output. */
export function run(dir: string): Promise<ParityRow[]> {
  return withFixture(dir, async ({ config, io, weights }) => {
    const pixelValues = tensor(io, 'in.pixel_values');
    const output = clipVisionWithProjection(
      new Parameters(weights.names()).scope(),
      readClipVisionConfig(config),
      input('pixel_values', pixelValues.shape),
    );
    const outputs = wanted(io, {
      ...numbered('hidden_states', output.hiddenStates),
      last_hidden_state: output.lastHiddenState,
      pooler_output: output.poolerOutput,
      image_embeds: output.imageEmbeds,
    });
    return outputRows(io, await execute(outputs, { pixel_values: pixelValues }, weights));
  });
}
