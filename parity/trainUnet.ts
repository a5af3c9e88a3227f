import { input, meanSquaredError, Parameters } from '../src/graph/index.ts';
import { readUNet2DConfig, unet2d } from '../src/models/unet2d/index.ts';
import type { ParityRow } from './compare.ts';
import { tensor, withFixture } from './fixture.ts';
import { trainingRows } from './trainSteps.ts';
import { unetInputs } from './unetInputs.ts';

/** A U-Net's gradients and three AdamW steps; loss = mean((prediction - target)^2). */
export function run(dir: string): Promise<ParityRow[]> {
  return withFixture(dir, async ({ config, io, weights }) => {
    const parameters = new Parameters(weights.names());
    const { inputs } = unetInputs(io);
    const target = input('target', tensor(io, 'in.target').shape);
    const loss = meanSquaredError(unet2d(parameters.scope(), readUNet2DConfig(config), inputs), target);
    return trainingRows({
      io,
      weights,
      parameters,
      loss,
      inputs: {
        sample: inputs.sample,
        timestep: inputs.timestep,
        encoder_hidden_states: inputs.encoderHiddenStates,
        ...(inputs.textEmbeds && { text_embeds: inputs.textEmbeds }),
        ...(inputs.timeIds && { time_ids: inputs.timeIds }),
        target,
      },
    });
  });
}
