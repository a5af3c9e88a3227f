import { input, Parameters, type TensorData } from '../src/graph/index.ts';
import {
  clipTextWithProjection,
  readClipTextConfig,
  stretchPositions,
  textEnds,
} from '../src/models/clip/index.ts';
import type { ParityRow } from './compare.ts';
import { execute } from './execute.ts';
import { ids, numbered, outputRows, wanted, withFixture } from './fixture.ts';

/** A CLIP text tower with projection, and the stretching of its position table where that is recorded. */
export function run(dir: string): Promise<ParityRow[]> {
  return withFixture(dir, async ({ config: json, io, weights }) => {
    const config = readClipTextConfig(json);
    const inputIds = ids(io, 'in.input_ids');
    const ends = textEnds(config, inputIds);
    const output = clipTextWithProjection(
      new Parameters(weights.names()).scope(),
      config,
      input('input_ids', inputIds.shape, 'int64'),
      input('ends', ends.shape, 'int64'),
    );
    const outputs = wanted(io, {
      ...numbered('hidden_states', output.hiddenStates),
      last_hidden_state: output.lastHiddenState,
      pooler_output: output.poolerOutput,
      text_embeds: output.textEmbeds,
    });
    const actual = await execute(outputs, { input_ids: inputIds, ends }, weights);
    return outputRows(io, { ...actual, ...stretched(io) });
  });
}

const table = 'position_embedding_';

/** Stretched tables, named by their number of rows; how many rows were kept follows from the two sizes. */
function stretched(io: ReadonlyMap<string, TensorData>): Record<string, TensorData> {
  const entry = (kind: 'in' | 'out') => [...io].find(([name]) => name.startsWith(`${kind}.${table}`));
  const [from, to] = [entry('in'), entry('out')];
  if (!from || !to) return {};
  const factor = 4;
  const rows = from[1].shape[0] as number;
  const keep = (factor * rows - (to[1].shape[0] as number)) / (factor - 1);
  return { [to[0].slice('out.'.length)]: stretchPositions(from[1], keep, factor) };
}
