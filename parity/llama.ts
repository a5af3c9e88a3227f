import { f32, input, type TensorData } from '../src/graph/index.ts';
import {
  type LlamaConfig,
  llama,
  llamaContext,
  llamaContextFeeds,
  llamaEmbed,
  llamaLogits,
  readLlamaConfig,
} from '../src/models/llama/index.ts';
import { type ParityRow, parityRow, worst } from './compare.ts';
import { execute } from './execute.ts';
import {
  type Fixture,
  floats,
  ids,
  numbered,
  outputRows,
  outputThreshold,
  scopeOf,
  tensor,
  wanted,
  withFixture,
} from './fixture.ts';
import { decode, decodeInPlace } from './llamaDecode.ts';

/** LLaMA: the whole sequence at once, from ids, left-padded, and step by step with a cache. */
export function run(dir: string): Promise<ParityRow[]> {
  return withFixture(dir, async (fixture) => {
    const config = readLlamaConfig(fixture.config);
    const rows = outputRows(fixture.io, {
      ...(await wholeSequence(fixture, config)),
      ...(await leftPadded(fixture, config)),
      ...(await stepByStep(fixture, config)),
    });
    return [...rows, ...(await inPlace(fixture, config))];
  });
}

type Values = Record<string, TensorData>;

async function wholeSequence({ io, weights }: Fixture, config: LlamaConfig): Promise<Values> {
  const p = scopeOf(weights);
  const embeds = tensor(io, 'in.inputs_embeds');
  const inputIds = ids(io, 'in.input_ids');
  const output = llama(p, config, input('inputs_embeds', embeds.shape));
  const embedded = llamaEmbed(p, config, input('input_ids', inputIds.shape, 'int64'));
  const outputs = wanted(io, {
    ...numbered('hidden_states', output.hiddenStates),
    last_hidden_state: output.lastHiddenState,
    ...numbered(
      'past_key',
      output.current.map((c) => c.key),
    ),
    ...numbered(
      'past_value',
      output.current.map((c) => c.value),
    ),
    logits_from_input_ids: llamaLogits(p, config, llama(p, config, embedded).lastHiddenState),
  });
  return execute(outputs, { inputs_embeds: embeds, input_ids: inputIds }, weights);
}

/** Rows of padding mean nothing; the fixture has zeros there. */
async function leftPadded({ io, weights }: Fixture, config: LlamaConfig): Promise<Values> {
  const name = 'last_hidden_state_left_padded';
  if (!io.has(`out.${name}`)) return {};
  const embeds = tensor(io, 'in.inputs_embeds');
  const [batch, length, d] = embeds.shape as [number, number, number];
  const shape = { batch, length, padded: true };
  const mask = Array.from(tensor(io, 'in.attention_mask').data as Int32Array);
  const positions = Array.from(tensor(io, 'in.position_ids').data as Int32Array);
  const p = scopeOf(weights);
  const output = llama(p, config, input('inputs_embeds', embeds.shape), llamaContext(config, shape));
  const feeds = { inputs_embeds: embeds, ...llamaContextFeeds(config, shape, { mask, positions }) };
  const actual = (await execute({ last: output.lastHiddenState }, feeds, weights)).last as TensorData;
  const values = (actual.data as Float32Array).map((v, i) => (mask[Math.floor(i / d)] ? v : 0));
  return { [name]: { ...actual, data: values } };
}

async function stepByStep({ io, weights }: Fixture, config: LlamaConfig): Promise<Values> {
  const name = 'decoded_hidden_state';
  if (!io.has(`out.${name}`)) return {};
  const embeds = tensor(io, 'in.inputs_embeds');
  const prefill = floats(io, 'in.prefill')[0] as number;
  const single = (embeds.shape[1] as number) - prefill;
  const chunks = [prefill, ...new Array<number>(single).fill(1)];
  return { [name]: await decode(weights, config, embeds, { chunks }) };
}

/** The sequences one by one, with a cache that grows in place: as the autoregressor of the paper's size decodes. */
async function inPlace({ io, weights }: Fixture, config: LlamaConfig): Promise<ParityRow[]> {
  const embeds = tensor(io, 'in.inputs_embeds');
  if (config.headDim % 16 !== 0 || !io.has('out.last_hidden_state')) return [];
  const expected = floats(io, 'out.last_hidden_state');
  const [batch, t, d] = embeds.shape as [number, number, number];
  const rows: ParityRow[] = [];
  for (let b = 0; b < batch; b++) {
    const from = b * t * d;
    const sequence = f32((embeds.data as Float32Array).slice(from, from + t * d), [1, t, d]);
    const chunks = [t - 2, 1, 1];
    const actual = await decodeInPlace(weights, config, sequence, chunks);
    const last = expected.subarray(from + (t - chunks.length) * d, from + t * d); // a chunk's last position
    rows.push(parityRow('in place', actual, last, outputThreshold));
  }
  return [worst('last_hidden_state in place', rows)];
}
