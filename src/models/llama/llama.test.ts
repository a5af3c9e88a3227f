import { describe, expect, it } from 'vitest';
import { input, Parameters } from '../../graph/index.ts';
import {
  type LlamaOptions,
  llama,
  llamaContext,
  llamaContextFeeds,
  llamaEmbed,
  llamaLogits,
  readLlamaConfig,
  ropeTables,
} from './index.ts';

const json = {
  ...{ vocab_size: 11, hidden_size: 8, intermediate_size: 12, num_hidden_layers: 2 },
  ...{ num_attention_heads: 4, num_key_value_heads: 2 },
};
const config = readLlamaConfig(json);

describe('LLaMA config', () => {
  it('takes the published defaults', () => {
    expect(readLlamaConfig({})).toMatchObject({
      ...{ vocabSize: 32000, hiddenSize: 4096, intermediateSize: 11008, layers: 32, heads: 32, kvHeads: 32 },
      ...{ headDim: 128, activation: 'silu', rmsNormEps: 1e-6, ropeTheta: 10000, tieWordEmbeddings: false },
    });
    expect(readLlamaConfig({ rope_parameters: { rope_type: 'default', rope_theta: 5e5 } }).ropeTheta).toBe(
      5e5,
    );
  });

  it('names the key of what it cannot follow', () => {
    const read = (change: object) => () => readLlamaConfig({ ...json, ...change });
    expect(read({ rope_scaling: { type: 'linear', factor: 2 } })).toThrow(/LLaMA config: 'rope_scaling'/);
    expect(read({ rope_parameters: { rope_type: 'llama3' } })).toThrow(/'rope_type'.*"llama3"/);
    expect(read({ hidden_act: 'gelu_new' })).toThrow(/'hidden_act'/);
    expect(read({ num_key_value_heads: 3 })).toThrow(
      /'num_key_value_heads' must divide num_attention_heads 4/,
    );
    expect(read({ num_attention_heads: 3 })).toThrow(/'num_attention_heads' must divide the width 8/);
    expect(read({ num_attention_heads: 8, num_key_value_heads: 8 })).toThrow(
      /'hidden_size' must give heads of an even/,
    );
    expect(read({ rms_norm_eps: 0 })).toThrow(/'rms_norm_eps'/);
    expect(read({ model_type: 'mistral' })).toThrow(/'model_type'/);
    expect(read({ quantization_config: { bits: 4 } })).toThrow(/'quantization_config'/);
  });
});

describe('llama', () => {
  const x = input('x', [3, 5, 8]);
  const names = (change: object = {}): string[] => {
    const parameters = new Parameters();
    const c = readLlamaConfig({ ...json, ...change });
    const p = parameters.scope();
    llamaLogits(p, c, llama(p, c, llamaEmbed(p, c, input('ids', [1, 2], 'int64'))).lastHiddenState);
    return [...parameters].map((parameter) => parameter.name);
  };

  it('declares the published names', () => {
    expect(names()).toContain('model.layers.1.self_attn.q_proj.weight');
    expect(names()).toContain('lm_head.weight');
    expect(names().filter((n) => n.endsWith('.bias'))).toEqual([]);
    expect(names({ attention_bias: true })).toContain('model.layers.0.self_attn.o_proj.bias');
    expect(names({ mlp_bias: true })).toContain('model.layers.0.mlp.down_proj.bias');
    expect(names({ tie_word_embeddings: true })).not.toContain('lm_head.weight');
  });

  it('gives every hidden state and the new keys and values', () => {
    const output = llama(new Parameters().scope(), config, x);
    expect(output.hiddenStates).toHaveLength(3);
    expect(output.hiddenStates[2]).toBe(output.lastHiddenState);
    expect(output.current.map(({ key, value }) => [key.shape, value.shape])).toEqual(
      Array(2).fill([
        [3, 2, 5, 2],
        [3, 2, 5, 2],
      ]),
    );
  });

  it('applies dropout to what each attention and each MLP adds', () => {
    const seen: string[] = [];
    const dropout = (t: typeof x) => {
      seen.push(t.shape.join());
      return t;
    };
    llama(new Parameters().scope(), config, x, { dropout });
    expect(seen).toEqual(Array(4).fill('3,5,8'));
  });

  it('says what is wrong with its input', () => {
    const build = (options: LlamaOptions, t = x) => llama(new Parameters().scope(), config, t, options);
    const { rope, bias, past } = llamaContext(config, {
      batch: 3,
      length: 5,
      capacity: 7,
    }) as Required<LlamaOptions>;
    expect(() => build({}, input('y', [3, 5, 9]))).toThrow(/expected embeddings \[b, t, 8\], got input 'y'/);
    expect(() => build({ past })).toThrow(/a cache needs rope and bias/);
    expect(() => build({ rope, bias, past: past.slice(1) })).toThrow(/past must have 2 layers, got 1/);
    expect(() => build({ rope, bias, past })).not.toThrow();
  });
});

describe('llamaContextFeeds', () => {
  it('counts positions from what is filled', () => {
    const shape = { batch: 2, length: 2, capacity: 4 };
    const { cos, bias } = llamaContextFeeds(config, shape, { filled: 3 });
    expect(cos).toEqual(ropeTables(config, [3, 4]).cos);
    expect(bias.shape).toEqual([1, 1, 2, 6]);
  });

  it('counts positions of padded rows from their first real one', () => {
    const shape = { batch: 2, length: 2, capacity: 4, padded: true };
    const mask = [0, 0, 1, 1, 1, /* second row */ 0, 1, 1, 1, 1];
    const { cos } = llamaContextFeeds(config, shape, { filled: 3, mask });
    expect(cos).toEqual(ropeTables(config, [1, 2, 2, 3], 2).cos);
  });

  it('checks masks and positions', () => {
    const shape = { batch: 2, length: 2 };
    expect(() => llamaContextFeeds(config, shape, { mask: [1, 1, 1, 1] })).toThrow(/made `padded`/);
    expect(() => llamaContextFeeds(config, shape, { positions: [1] })).toThrow(/positions must be \[1, 2\]/);
  });
});

describe('ropeTables', () => {
  it('turns the i-th pair by position / theta^(2i / d)', () => {
    const { cos, sin } = ropeTables({ headDim: 4, ropeTheta: 100 }, [0, 3]);
    expect(cos.shape).toEqual([1, 1, 2, 2]);
    const expected = [1, 1, Math.cos(3), Math.cos(0.3)];
    expected.forEach((v, i) => {
      expect(cos.data[i]).toBeCloseTo(v, 6);
    });
    expect(sin.data[3]).toBeCloseTo(Math.sin(0.3), 6);
  });
});
