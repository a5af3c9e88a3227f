import { input, meanSquaredError, Parameters } from '../src/graph/index.ts';
import { llama, readLlamaConfig } from '../src/models/llama/index.ts';
import type { ParityRow } from './compare.ts';
import { tensor, withFixture } from './fixture.ts';
import { trainingRows } from './trainSteps.ts';

/** Gradients and AdamW steps of a LLaMA whose last hidden states are pulled to a target. */
export function run(dir: string): Promise<ParityRow[]> {
  return withFixture(dir, async ({ config, io, weights }) => {
    const inputs = {
      inputs_embeds: input('inputs_embeds', tensor(io, 'in.inputs_embeds').shape),
      target: input('target', tensor(io, 'in.target').shape),
    };
    const parameters = new Parameters(weights.names());
    const { lastHiddenState } = llama(parameters.scope(), readLlamaConfig(config), inputs.inputs_embeds);
    const loss = meanSquaredError(lastHiddenState, inputs.target);
    return trainingRows({ io, weights, parameters, loss, inputs });
  });
}
