import { describe, expect, it } from 'vitest';
import { input, Parameters } from '../../graph/index.ts';
import { ConfigError } from '../configs.ts';
import {
  type ClipOpenaiConfig,
  clipOpenaiImage,
  clipOpenaiText,
  type NamedShapes,
  readClipOpenaiConfig,
  readClipOpenaiShape,
} from './index.ts';

/** The shapes that a model of this config has, as a checkpoint would hold them. */
function shapesOf(config: ClipOpenaiConfig): Map<string, readonly number[]> {
  const parameters = new Parameters();
  const { vision, text } = config;
  clipOpenaiImage(parameters.scope(), config, input('pixels', [1, 3, vision.imageSize, vision.imageSize]));
  const [ids, ends] = [input('ids', [1, text.positions], 'int64'), input('ends', [1], 'int64')];
  clipOpenaiText(parameters.scope(), config, ids, ends);
  return new Map(
    [...parameters].map(({ name, shape }) => [name, shape] as const).concat([['logit_scale', []]]),
  );
}

const named = (shapes: ReadonlyMap<string, readonly number[]>): NamedShapes => ({
  names: () => shapes.keys(),
  has: (name) => shapes.has(name),
  info: (name) => ({ shape: shapes.get(name) as readonly number[] }),
});

const longClipL = readClipOpenaiConfig({
  ...{ embed_dim: 768, image_resolution: 224, vision_layers: 24, vision_width: 1024, vision_patch_size: 14 },
  ...{ context_length: 248, vocab_size: 49408, transformer_width: 768, transformer_layers: 12, keep_len: 20 },
});
const farl = readClipOpenaiConfig({
  ...{ embed_dim: 512, image_resolution: 224, vision_layers: 12, vision_width: 768, vision_patch_size: 16 },
  ...{ context_length: 77, vocab_size: 49408, transformer_width: 512, transformer_layers: 12 },
});

describe('readClipOpenaiShape', () => {
  it.each([
    ['LongCLIP-L', longClipL],
    ['FaRL, a ViT-B/16', farl],
  ])('finds the config of %s', (_, config) => {
    expect(readClipOpenaiShape(named(shapesOf(config)))).toEqual(config);
  });

  it('finds one tower where there is one', () => {
    const all = shapesOf(farl);
    const only = (keep: (name: string) => boolean) =>
      readClipOpenaiShape(named(new Map([...all].filter(([name]) => keep(name)))));
    const none = { vision: undefined, text: undefined, keepLength: undefined };
    expect(only((name) => name.startsWith('visual.'))).toEqual({ ...none, vision: farl.vision });
    expect(only((name) => !name.startsWith('visual.'))).toEqual({ ...none, text: farl.text });
  });

  it.each<[string, Record<string, readonly number[] | undefined>, RegExp]>([
    ['a ResNet', { 'visual.class_embedding': undefined }, /a ResNet tower is not supported/],
    [
      'patches that are no square',
      { 'visual.conv1.weight': [768, 3, 16, 14] },
      /square patches; got \[768,3,16,14\]/,
    ],
    ['rows that are no square', { 'visual.positional_embedding': [200, 768] }, /square of patches/],
    ['a missing projection', { 'visual.proj': undefined }, /'visual\.proj' is missing/],
    [
      'another width',
      { text_projection: [768, 512] },
      /'text_projection' must be \[512,512\]; got \[768,512\]/,
    ],
    ['too many axes', { positional_embedding: [1, 77, 512] }, /must have 2 axes/],
    [
      'heads that do not divide',
      { 'token_embedding.weight': [49408, 500] },
      /'positional_embedding' must be/,
    ],
    [
      'a hidden layer of another width',
      { 'visual.transformer.resblocks.3.mlp.c_fc.weight': [3000, 768] },
      /3\.mlp/,
    ],
    [
      'a gap between blocks',
      { 'transformer.resblocks.13.attn.in_proj_weight': [1536, 512] },
      /'transformer\.resblocks\.12' is missing/,
    ],
  ])('refuses %s', (_, changes, message) => {
    const shapes = shapesOf(farl);
    for (const [name, shape] of Object.entries(changes)) {
      if (shape) shapes.set(name, shape);
      else shapes.delete(name);
    }
    const read = () => readClipOpenaiShape(named(shapes));
    expect(read).toThrow(ConfigError);
    expect(read).toThrow(message);
  });

  it('refuses heads of another width', () => {
    const shapes = new Map([
      ['token_embedding.weight', [9, 80]],
      ['positional_embedding', [5, 80]],
      ['text_projection', [80, 6]],
      ['ln_final.weight', [80]],
      ['transformer.resblocks.0.ln_1.weight', [80]],
    ]);
    expect(() => readClipOpenaiShape(named(shapes))).toThrow(/'transformer' is 80 wide/);
  });

  it('says what other layouts are', () => {
    const other = named(new Map([['text_model.embeddings.token_embedding.weight', [9, 8]]]));
    expect(() => readClipOpenaiShape(other)).toThrow(/names of transformers, whose config\.json says it/);
    expect(() => readClipOpenaiShape(named(new Map()))).toThrow(/but nothing/);
  });
});
