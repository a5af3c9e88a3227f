import { input, Parameters, type TensorData } from '../src/graph/index.ts';
import { readSvdUNetConfig, svdUNet } from '../src/models/svd/index.ts';
import type { ParityRow } from './compare.ts';
import { execute } from './execute.ts';
import { outputNames, outputRows, tensor, withFixture } from './fixture.ts';

/** UNetSpatioTemporalConditionModel: `out.sample`, and `out.sample_<variant>` with the conditioning rows of that variant. */
export function run(dir: string): Promise<ParityRow[]> {
  return withFixture(dir, async ({ config: json, io, weights }) => {
    const config = readSvdUNetConfig(json);
    const results: Record<string, TensorData> = {};
    for (const name of outputNames(io)) {
      const rows = `in.encoder_hidden_states${name.slice('sample'.length)}`;
      const feeds = {
        sample: tensor(io, 'in.sample'),
        timestep: tensor(io, 'in.timestep'),
        encoder_hidden_states: tensor(io, rows),
        added_time_ids: tensor(io, 'in.added_time_ids'),
      };
      const fed = (key: keyof typeof feeds) => input(key, feeds[key].shape, feeds[key].dtype);
      const y = svdUNet(new Parameters(weights.names()).scope(), config, {
        sample: fed('sample'),
        timestep: fed('timestep'),
        encoderHiddenStates: fed('encoder_hidden_states'),
        addedTimeIds: fed('added_time_ids'),
      });
      Object.assign(results, { [name]: (await execute({ y }, feeds, weights)).y });
    }
    return outputRows(io, results);
  });
}
