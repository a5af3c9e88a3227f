import { Parameters, type TensorData } from '../src/graph/index.ts';
import { readUNet2DConfig, unet2d } from '../src/models/unet2d/index.ts';
import type { ParityRow } from './compare.ts';
import { execute } from './execute.ts';
import { outputRows, tensor, wanted, withFixture } from './fixture.ts';
import { unetInputs } from './unetInputs.ts';

/** UNet2DConditionModel: at each sample's own time, at an odd size, and at the first one's time for the whole batch. */
export function run(dir: string): Promise<ParityRow[]> {
  return withFixture(dir, async ({ config, io, weights }) => {
    const results: Record<string, TensorData> = {};
    const cases = wanted<() => Record<string, TensorData>>(io, {
      sample: () => ({}),
      sample_odd: () => ({ sample: tensor(io, 'in.sample_odd') }),
      sample_scalar_t: () => ({ timestep: repeatFirst(tensor(io, 'in.timestep')) }),
    });
    for (const [name, others] of Object.entries(cases)) {
      const { feeds, inputs } = unetInputs(io, others());
      const p = new Parameters(weights.names()).scope();
      const y = unet2d(p, readUNet2DConfig(config), inputs);
      Object.assign(results, { [name]: (await execute({ y }, feeds, weights)).y });
    }
    return outputRows(io, results);
  });
}

function repeatFirst({ dtype, shape, data }: TensorData): TensorData {
  return { dtype, shape, data: data.slice().fill(data[0] as never) };
}
