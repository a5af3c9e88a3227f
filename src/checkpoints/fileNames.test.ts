import { describe, expect, it } from 'vitest';
import { adapterFilesIn, folderWeights, isBystander } from './fileNames.ts';

const taken = (names: string, variant?: string): string | undefined =>
  folderWeights(names.split(' '), variant).candidates[0]?.file;

describe('folderWeights', () => {
  it.each([
    // diffusers
    ['diffusion_pytorch_model.safetensors config.json', 'diffusion_pytorch_model.safetensors'],
    ['diffusion_pytorch_model.bin config.json', 'diffusion_pytorch_model.bin'],
    [
      'diffusion_pytorch_model.bin diffusion_pytorch_model.safetensors',
      'diffusion_pytorch_model.safetensors',
    ],
    ['diffusion_pytorch_model.fp16.bin', 'diffusion_pytorch_model.fp16.bin'],
    ['diffusion_pytorch_model.non_ema.safetensors', 'diffusion_pytorch_model.non_ema.safetensors'],
    ['diffusion_pytorch_model.non_ema.bin diffusion_pytorch_model.bin', 'diffusion_pytorch_model.bin'],
    ['diffusion_pytorch_model.fp16.safetensors diffusion_pytorch_model.bin', 'diffusion_pytorch_model.bin'],
    [
      'diffusion_pytorch_model.fp16-00001-of-00002.safetensors diffusion_pytorch_model.fp16-00002-of-00002.safetensors diffusion_pytorch_model.safetensors.index.fp16.json',
      'diffusion_pytorch_model.safetensors.index.fp16.json',
    ],
    // transformers
    ['pytorch_model.bin', 'pytorch_model.bin'],
    ['pytorch_model.bin model.safetensors flax_model.msgpack tf_model.h5', 'model.safetensors'],
    [
      'pytorch_model-00001-of-00002.bin pytorch_model-00002-of-00002.bin pytorch_model.bin.index.json',
      'pytorch_model.bin.index.json',
    ],
    [
      'model-00001-of-00002.safetensors model.safetensors.index.json pytorch_model.bin.index.json',
      'model.safetensors.index.json',
    ],
    ['model.bf16.safetensors', 'model.bf16.safetensors'],
    ['model.fp16.safetensors model.bf16.safetensors', 'model.fp16.safetensors'],
    ['consolidated.safetensors model.safetensors', 'model.safetensors'],
    // others
    ['longclip-L.pt', 'longclip-L.pt'],
    ['anything.ckpt', 'anything.ckpt'],
    ['converted.safetensors original.pth', 'converted.safetensors'],
    ['converted.safetensors pytorch_model.bin', 'converted.safetensors'],
    ['model.int8.safetensors', 'model.int8.safetensors'],
    ['my-style.safetensors model.fp16.safetensors', 'model.fp16.safetensors'],
    ['anything.safetensors additions.safetensors', 'anything.safetensors'],
    // a trainer's and an adapter's files
    [
      'pytorch_model.bin optimizer.bin scheduler.bin training_args.bin rng_state_0.pth random_states_0.pkl',
      'pytorch_model.bin',
    ],
    ['mine.pt optimizer.pt', 'mine.pt'],
    ['model.safetensors adapter_model.bin pytorch_lora_weights.safetensors', 'model.safetensors'],
    ['adapter_model.safetensors', undefined],
    ['pytorch_lora_weights.bin', undefined],
    ['additions.safetensors', undefined],
    ['config.json tokenizer.json', undefined],
  ])('takes of %s: %s', (names, expected) => {
    expect(taken(names)).toBe(expected);
  });

  it('takes a variant alone where it is asked for', () => {
    const names = 'model.safetensors model.fp16.safetensors';
    expect(taken(names, 'fp16')).toBe('model.fp16.safetensors');
    expect(folderWeights(names.split(' '), 'bf16').problem?.what).toBe(
      "no weights of variant 'bf16', only model.safetensors and model.fp16.safetensors",
    );
  });

  it.each([
    [
      'a.safetensors b.safetensors',
      'a.safetensors and b.safetensors lie there, and which',
      'rename it to model.safetensors',
    ],
    ['a.pt b.ckpt', 'a.pt and b.ckpt lie there', 'rename it to model.pt'],
    [
      'model-00001-of-00003.safetensors model-00003-of-00003.safetensors',
      '2 of 3 shards lie there without their index',
      'Put model.safetensors.index.json beside them',
    ],
    ['pytorch_model-00001-of-00002.bin', '1 of 2 shards', 'Put pytorch_model.bin.index.json'],
    [
      'diffusion_pytorch_model-00001-of-00002.fp16.safetensors',
      '1 of 2 shards',
      'Put diffusion_pytorch_model.safetensors.index.fp16.json',
    ],
    [
      'consolidated.00.pth consolidated.01.pth params.json',
      "in its authors' own layout",
      'names of diffusers',
    ],
    ['tf_model.h5 flax_model.msgpack', 'of another framework', 'as .safetensors'],
    ['openvino_model.bin', 'of another framework', 'as .safetensors'],
    ['model.gguf', 'of another framework', 'as .safetensors'],
  ])('cannot take any of %s, and says why', (names, what, help) => {
    const { candidates, problem } = folderWeights(names.split(' '));
    expect(candidates).toEqual([]);
    expect(problem?.what).toContain(what);
    expect(problem?.help).toContain(help);
  });

  it('names what is not read', () => {
    const unused = (names: string): readonly string[] => folderWeights(names.split(' ')).unused;
    expect(unused('model.safetensors pytorch_model.bin')).toEqual([
      'pytorch_model.bin is not read: model.safetensors lies beside it and comes first',
    ]);
    expect(unused('model.safetensors my-style.safetensors')).toEqual([
      'my-style.safetensors is not read: model.safetensors is the model; an adapter must be called ' +
        'pytorch_lora_weights.safetensors or adapter_model.safetensors',
    ]);
    expect(unused('model.safetensors learned_embeds.bin')).toEqual([
      'learned_embeds.bin is not read: embeddings of a word, which are not supported',
    ]);
    expect(unused('model.safetensors optimizer.bin tf_model.h5 config.json additions.safetensors')).toEqual(
      [],
    );
    expect(
      unused(
        'model-00001-of-00002.safetensors model-00002-of-00002.safetensors model.safetensors.index.json',
      ),
    ).toEqual([]);
  });

  it.each([
    '.DS_Store',
    '._model.safetensors',
    '.7-0.tmp.model.safetensors',
    'Thumbs.db',
    'desktop.ini',
    'Desktop.ini',
    'Icon\r',
    'model.safetensors~',
    '.~lock.model.safetensors#',
    '~$model.safetensors',
    '#model.safetensors#',
    '.model.safetensors.swp',
    'model.safetensors.crdownload',
    'model.safetensors.0123456789abcdef.incomplete',
    'model.safetensors.part',
    'model.safetensors.partial',
    'model.safetensors.download',
    'model.safetensors.aria2',
    'model.safetensors.lock',
    '__MACOSX',
    '@eaDir',
  ])('does not count %s', (name) => {
    expect(isBystander(name)).toBe(true);
    expect(folderWeights([name, 'any.safetensors'])).toEqual(folderWeights(['any.safetensors']));
    expect(folderWeights([name]).candidates).toEqual([]);
  });

  it('counts what a model has', () => {
    for (const name of ['model.safetensors', 'config.json', 'vocab.json', 'README.md', 'tokenizer.model'])
      expect(isBystander(name)).toBe(false);
  });
});

it('finds adapters in .bin as in .safetensors', () => {
  expect(
    adapterFilesIn(['adapter_model.bin', 'pytorch_lora_weights.bin', 'adapter_model.safetensors']),
  ).toEqual(['adapter_model.safetensors', 'adapter_model.bin', 'pytorch_lora_weights.bin']);
});
