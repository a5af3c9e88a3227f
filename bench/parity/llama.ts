import { input, Parameters, type TensorData } from '../../src/graph/index.ts';
import {
  type LlamaConfig,
  llama,
  llamaContext,
  llamaContextFeeds,
  llamaEmbed,
  llamaLogits,
  readLlamaConfig,
} from '../../src/models/llama/index.ts';
import type { ParityRow } from './compare.ts';
import { execute } from './execute.ts';
import { type Fixture, floats, ids, numbered, outputRows, tensor, wanted, withFixture } from './fixture.ts';
import { decode } from './llamaDecode.ts';

/** LLaMA: the whole sequence at once, from ids, left-padded, and step by step with a cache. */
export function run(dir: string): Promise<ParityRow[]> {
  return withFixture(dir, async (fixture) => {
    const config = readLlamaConfig(fixture.config);
    return outputRows(fixture.io, {
      ...(await wholeSequence(fixture, config)),
      ...(await leftPadded(fixture, config)),
      ...(await stepByStep(fixture, config)),
    });
  });
}

type Values = Record<string, TensorData>;

async function wholeSequence({ io, weights }: Fixture, config: LlamaConfig): Promise<Values> {
  const p = new Parameters(weights.names()).scope();
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
  const p = new Parameters(weights.names()).scope();
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
