import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { f32, input, Parameters, type TensorData } from '../src/graph/index.ts';
import {
  type LlamaConfig,
  llama,
  llamaContext,
  llamaContextFeeds,
  readLlamaConfig,
} from '../src/models/llama/index.ts';
import { Random } from '../src/random/index.ts';
import { compare } from './compare.ts';
import { execute } from './execute.ts';
import { type Fixture, withFixture } from './fixture.ts';
import { decode } from './llamaDecode.ts';

const [batch, t] = [3, 11];
// rows with 0, 2 and 10 positions of padding on the left
const mask = [0, 2, 10].flatMap((pad) => Array.from({ length: t }, (_, i) => Number(i >= pad)));

const withModel = (
  use: (fixture: Fixture, config: LlamaConfig, embeds: TensorData) => Promise<void>,
): Promise<void> =>
  withFixture(fileURLToPath(new URL('../fixtures/llama_gqa', import.meta.url)), (fixture) => {
    const config = readLlamaConfig(fixture.config);
    const values = Random.of(1, 'embeds').normals(batch * t * config.hiddenSize);
    return use(fixture, config, f32(values, [batch, t, config.hiddenSize]));
  });

/** Values at real positions. */
const real = ({ data, shape }: TensorData): Float32Array => {
  const d = shape[2] as number;
  return (data as Float32Array).filter((_, i) => mask[Math.floor(i / d)]);
};

describe('decoding with a cache', () => {
  const chunkings = [[11], [1, 10], [4, 4, 3], [7, 1, 1, 1, 1], Array<number>(t).fill(1)];

  it.each(chunkings.map((chunks) => ({ chunks })))('equals the full run in chunks of $chunks', ({ chunks }) =>
    withModel(async ({ weights }, config, embeds) => {
      const output = llama(new Parameters().scope(), config, input('x', embeds.shape));
      const { last } = await execute({ last: output.lastHiddenState }, { x: embeds }, weights);
      const stepped = await decode(weights, config, embeds, { chunks, capacity: 16 });
      expect(compare(stepped.data as Float32Array, last?.data as Float32Array).relL2).toBeLessThan(2e-6);
    }),
  );

  it('equals the full run of a sequence that is long enough to be cut into blocks', () =>
    withModel(async ({ weights }, config) => {
      const shape = [1, 300, config.hiddenSize];
      const embeds = f32(Random.of(2, 'embeds').normals(300 * config.hiddenSize), shape);
      const output = llama(new Parameters().scope(), config, input('x', shape));
      const { last } = await execute({ last: output.lastHiddenState }, { x: embeds }, weights);
      const stepped = await decode(weights, config, embeds, { chunks: [90, 210] });
      expect(compare(stepped.data as Float32Array, last?.data as Float32Array).relL2).toBeLessThan(2e-6);
    }));

  it('leaves out padding on the left', () =>
    withModel(async ({ weights }, config, embeds) => {
      const shape = { batch, length: t, padded: true };
      const output = llama(
        new Parameters().scope(),
        config,
        input('x', embeds.shape),
        llamaContext(config, shape),
      );
      const feeds = { x: embeds, ...llamaContextFeeds(config, shape, { mask }) };
      const { last } = await execute({ last: output.lastHiddenState }, feeds, weights);
      const stepped = await decode(weights, config, embeds, { chunks: [5, 3, 1, 1, 1], mask });
      expect(compare(real(stepped), real(last as TensorData)).relL2).toBeLessThan(2e-6);

      // what stands in the padding has no influence
      const noise = (embeds.data as Float32Array).map((v, i) =>
        mask[Math.floor(i / config.hiddenSize)] ? v : v + 1,
      );
      const other = await execute(
        { last: output.lastHiddenState },
        { ...feeds, x: f32(noise, embeds.shape) },
        weights,
      );
      expect(compare(real(other.last as TensorData), real(last as TensorData)).relL2).toBeLessThan(1e-6);
    }));
});
