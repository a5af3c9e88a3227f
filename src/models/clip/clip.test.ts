import { describe, expect, it } from 'vitest';
import { f32, GraphError, i64, input, Parameters } from '../../graph/index.ts';
import { runGraph } from '../../testing/runGraph.ts';
import {
  clipOpenaiText,
  clipSimilarity,
  clipText,
  clipTextWithProjection,
  clipVision,
  readClipOpenaiConfig,
  readClipTextConfig,
  readClipVisionConfig,
  stretchPositions,
  textEnds,
} from './index.ts';

const small = { hidden_size: 8, intermediate_size: 16, num_hidden_layers: 2, num_attention_heads: 2 };

describe('CLIP configs', () => {
  it('takes the published defaults', () => {
    expect(readClipVisionConfig({})).toMatchObject({
      ...{ hiddenSize: 768, intermediateSize: 3072, layers: 12, heads: 12, patchSize: 32, imageSize: 224 },
      ...{ projectionDim: 512, activation: 'quick_gelu', layerNormEps: 1e-5, channels: 3 },
    });
    expect(readClipTextConfig({})).toMatchObject({
      hiddenSize: 512,
      heads: 8,
      positions: 77,
      eosTokenId: 49407,
    });
  });

  it('reads both towers from the config of a whole CLIP', () => {
    const whole = {
      model_type: 'clip',
      projection_dim: 768,
      text_config: { ...small, projection_dim: 512, eos_token_id: 2 },
      vision_config: { ...small, hidden_size: 16, patch_size: 14 },
    };
    expect(readClipTextConfig(whole)).toMatchObject({ hiddenSize: 8, projectionDim: 768, eosTokenId: 2 });
    expect(readClipVisionConfig(whole)).toMatchObject({ hiddenSize: 16, projectionDim: 768, patchSize: 14 });
  });

  it('names the key of what it cannot follow', () => {
    const vision = (change: object) => () => readClipVisionConfig({ ...small, ...change });
    expect(vision({ hidden_act: 'gelu_new' })).toThrow(/CLIP vision config: 'hidden_act'.*got "gelu_new"/);
    expect(vision({ num_attention_heads: 3 })).toThrow(
      /'num_attention_heads' must divide the width 8; got 3/,
    );
    expect(vision({ image_size: 'large' })).toThrow(/'image_size'/);
    expect(vision({ patch_size: 300 })).toThrow(/'patch_size' must fit into image_size 224/);
    expect(vision({ model_type: 'siglip' })).toThrow(/'model_type'/);
    expect(() => readClipTextConfig({ model_type: 'clip', text_config: { layer_norm_eps: 0 } })).toThrow(
      /CLIP text text_config config: 'layer_norm_eps'/,
    );
    expect(() => readClipOpenaiConfig({ embed_dim: 4 })).toThrow(/'vision_width'/);
  });
});

describe('CLIP graphs', () => {
  it('declares the published names', () => {
    const parameters = new Parameters();
    const config = readClipVisionConfig({ ...small, image_size: 8, patch_size: 4 });
    clipVision(parameters.scope(), config, input('pixels', [1, 3, 8, 8]));
    const names = [...parameters].map((p) => p.name);
    expect(names).toContain('vision_model.pre_layrnorm.weight');
    expect(names).toContain('vision_model.encoder.layers.1.self_attn.out_proj.bias');
    expect(parameters.get('vision_model.embeddings.position_embedding.weight')?.shape).toEqual([5, 8]);
    expect(names).not.toContain('visual_projection.weight');
  });

  it('checks what it is given', () => {
    const p = new Parameters().scope();
    const vision = readClipVisionConfig({ ...small, image_size: 8, patch_size: 4 });
    expect(() => clipVision(p, vision, input('pixels', [1, 3, 8, 12]))).toThrow(
      new GraphError("CLIP vision: pixel values must be [b, 3, 8, 8], got input 'pixels' [1, 3, 8, 12]"),
    );
    const text = readClipTextConfig(small);
    const ends = input('ends', [1], 'int64');
    expect(() => clipText(p, text, input('ids', [1, 78], 'int64'), ends)).toThrow(/t up to 77/);
    expect(() => clipText(p, text, input('ids', [1, 7]), ends)).toThrow(/ids must be int64/);
  });

  it('takes texts shorter than the position table', () => {
    const text = readClipTextConfig({ ...small, projection_dim: 6 });
    const ids = input('ids', [3, 5], 'int64');
    const output = clipTextWithProjection(new Parameters().scope(), text, ids, input('ends', [3], 'int64'));
    expect(output.hiddenStates.map((h) => h.shape.join())).toEqual(['3,5,8', '3,5,8', '3,5,8']);
    expect(output.textEmbeds.shape).toEqual([3, 6]);
  });

  it('reads one position table without keep_len and two with it', () => {
    const json = {
      ...{ embed_dim: 4, image_resolution: 8, vision_layers: 1, vision_width: 8, vision_patch_size: 4 },
      ...{ context_length: 10, vocab_size: 20, transformer_width: 8, transformer_layers: 1 },
    };
    const tables = (change: object): string[] => {
      const parameters = new Parameters();
      const config = readClipOpenaiConfig({ ...json, ...change });
      clipOpenaiText(parameters.scope(), config, input('ids', [1, 9], 'int64'), input('ends', [1], 'int64'));
      return [...parameters].map((p) => p.name).filter((n) => n.startsWith('positional'));
    };
    expect(tables({})).toEqual(['positional_embedding']);
    expect(tables({ keep_len: 4 })).toEqual(['positional_embedding', 'positional_embedding_res']);
  });
});

describe('clipSimilarity', () => {
  it('is the cosine times the learned scale', async () => {
    const parameters = new Parameters();
    const [a, b] = [input('a', [2, 2]), input('b', [1, 2])];
    const logits = clipSimilarity(parameters.scope(), a, b);
    expect(parameters.get('logit_scale')).toMatchObject({
      shape: [],
      init: { kind: 'constant', value: Math.log(1 / 0.07) },
    });
    const feeds = {
      a: f32([3, 4, -2, 0], [2, 2]),
      b: f32([5, 0], [1, 2]),
      logit_scale: f32([Math.log(10)], []),
    };
    const { y } = await runGraph({ y: logits }, feeds);
    expect(y?.shape).toEqual([2, 1]);
    expect(y?.data[0]).toBeCloseTo(6, 5);
    expect(y?.data[1]).toBeCloseTo(-10, 5);
  });
});

describe('textEnds', () => {
  const ids = i64([5, 9, 3, 9, 9, 5, 7, 3, 9, 9], [2, 5]);

  it('finds the first highest id where eos_token_id is 2', () => {
    expect(textEnds({ eosTokenId: 2 }, ids)).toEqual(i64([1, 5 + 3], [2]));
  });

  it('finds the first end token otherwise', () => {
    expect(textEnds({ eosTokenId: 3 }, ids)).toEqual(i64([2, 5 + 2], [2]));
  });

  it('takes the first position where there is no end token', () => {
    expect(textEnds({ eosTokenId: 4 }, ids)).toEqual(i64([0, 5], [2]));
  });
});

describe('stretchPositions', () => {
  it('makes 248 rows of 77', () => {
    expect(stretchPositions(f32(new Float32Array(77 * 2), [77, 2])).shape).toEqual([248, 2]);
  });

  it('keeps, interpolates, and goes on past the end', () => {
    const stretched = stretchPositions(f32([7, 0, 8, 10], [4, 1]), 1, 4);
    expect([...stretched.data]).toEqual([7, 0, 2, 4, 6, 8, 8.5, 9, 9.5, 10, 10.5, 11, 11.5]);
  });

  it('refuses to keep more rows than there are', () => {
    expect(() => stretchPositions(f32([1, 2], [2, 1]), 3)).toThrow(/keep must be from 0 to 2/);
  });
});
