import { type Autoregressor, contextCapacity, type ScriptFrame } from '../../src/inference/autoregressor.ts';
import type { ModelLoader } from '../../src/inference/index.ts';
import type { SequenceItem } from '../../src/models/autoregressor/index.ts';
import { Random } from '../../src/random/index.ts';
import { fastest, type Machine, memoryLine } from './machine.ts';

/** Keyframes whose time is printed: the first, the middle and the last of a whole context. */
const shown: readonly number[] = [1, 64, 128];

/**
 * The autoregressor over a whole context of the paper's 128 frames: load time, memory, seconds a keyframe, and single
 * tokens a second against what the memory could deliver.
 */
export async function benchLlama(models: ModelLoader, { bandwidth }: Machine): Promise<void> {
  await models.prepare(['autoregressor']);
  await (await models.autoregressor()).release(); // measures the cache's scales where that was never done
  const model = await models.autoregressor();
  const { config, settings } = model;
  const { cacheBits = 32 } = settings;
  const seconds = await fastest(1, () => model.cachedNetwork(contextCapacity(config, settings), cacheBits));
  console.log(`load            ${seconds.toFixed(1)} s, ${memoryLine()}`);
  const generation = await model.begin();
  // one position alone, as the second token of a frame is
  const { feed } = generation as unknown as { feed(items: readonly SequenceItem[]): Promise<unknown> };
  const random = Random.of(1, 'frames');
  for (let i = 1; i <= config.contextFrames; i++) {
    const frame = scriptFrame(model, random);
    const keyframe = await fastest(1, () => generation.next(frame, Random.of(1, 'tokens', i)));
    if (!shown.includes(i)) continue;
    console.log(`keyframe ${String(i).padStart(3)}    ${keyframe.toFixed(2)} s, ${memoryLine()}`);
    if (i === config.contextFrames) break;
    const token: SequenceItem = { kind: 'visual', embedding: random.normals(config.tokenDim) };
    const single = await fastest(5, () => feed.call(generation, [token]));
    const rate = weightBytes(model) / single;
    console.log(
      `  token alone   ${(single * 1000).toFixed(0)} ms, ${(1 / single).toFixed(1)} a second: reads ` +
        `${(weightBytes(model) / 1e9).toFixed(2)} GB of weights at ${(rate / 1e9).toFixed(1)} GB/s, ` +
        `${((100 * rate) / bandwidth).toFixed(0)} % of ${(bandwidth / 1e9).toFixed(1)} GB/s`,
    );
  }
  await generation.release();
  await model.release();
}

/** Bytes of weights that a token must read: 4 bits a value and a float32 scale for each block of 32. */
function weightBytes({ config }: Autoregressor): number {
  const { layers, hiddenSize: d, intermediateSize, heads, kvHeads, headDim } = config.llama;
  const attention = d * headDim * (2 * heads + 2 * kvHeads);
  const head = d * config.mixture.components * (2 * config.tokenDim + 1);
  return (layers * (attention + 3 * d * intermediateSize) + head) * (4 / 8 + 4 / 32);
}

/** A shot of 36 positions and few more for the words: two people with a sentence and a face each, elements, plots, two tokens. */
function scriptFrame({ config }: Autoregressor, random: Random): ScriptFrame {
  const identifier = (text: string) => ({ kind: 'identifier', text }) as const;
  const sentences = Array.from({ length: 14 }, (_, i) => ({ kind: 'sentence', text: `${i}` }) as const);
  return {
    layout: [
      identifier('[START_OF_FRAME]'),
      identifier('Plots:'),
      ...sentences.flatMap((sentence) => [identifier('-'), sentence]),
      { kind: 'face', character: 'a' },
      { kind: 'face', character: 'b' },
      { kind: 'visual', index: 0 },
      { kind: 'visual', index: 1 },
      identifier('[END_OF_FRAME]'),
    ],
    sentences: sentences.map(() => random.normals(config.sentenceDim)),
    faces: [random.normals(config.faceDim), random.normals(config.faceDim)],
  };
}
