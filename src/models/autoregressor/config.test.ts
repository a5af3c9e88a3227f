import { expect, it } from 'vitest';
import { headSize } from '../gaussianMixture/index.ts';
import { autoregressorConfig } from './index.ts';

const widths = { tokenDim: 2048, sentenceDim: 768, faceDim: 512 };

it('autoregressorConfig: the defaults are the numbers of the paper', () => {
  const config = autoregressorConfig.parse({ llama: {}, ...widths });
  expect(config).toMatchObject({
    tokensPerFrame: 2,
    dropout: 0.5,
    maskProbability: 0.15,
    contextFrames: 128,
  });
  expect(config).toMatchObject({ references: 10, loss: 'nll+l1+l2' });
  expect(config.llama).toMatchObject({ hiddenSize: 4096, layers: 32, vocabSize: 32000 });
  expect(headSize(config.mixture)).toBe(2 * 16 * 2048 + 16); // 2kd + k
});

it('autoregressorConfig: says what is wrong', () => {
  expect(() => autoregressorConfig.parse({ llama: { hidden_size: 30 }, ...widths })).toThrow(
    /num_attention_heads/,
  );
  expect(() => autoregressorConfig.parse({ llama: {}, ...widths, dropout: 1 })).toThrow(/dropout/);
  expect(() => autoregressorConfig.parse({ llama: {}, ...widths, typo: 1 })).toThrow(/typo/);
});
