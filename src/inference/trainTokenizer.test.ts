import { Tokenizer } from '@huggingface/tokenizers';
import { describe, expect, it } from 'vitest';
import { endToken, startToken, trainTokenizer } from './trainTokenizer.ts';

const corpus = ['Mara shows Tom the light between the trees.', 'Snowy forest', 'The light, the light!'];

describe('trainTokenizer', () => {
  const json = trainTokenizer(corpus, 600);
  const tokenizer = new Tokenizer(json as object, {
    unk_token: endToken,
    bos_token: startToken,
    eos_token: endToken,
  });
  const vocab = json.model.vocab;

  it('writes a file that the tokenizer library reads, with start and end tokens', () => {
    const { ids, tokens } = tokenizer.encode('The light');
    expect(tokens).toEqual([startToken, 'the</w>', 'light</w>', endToken]);
    expect(ids).toEqual([vocab[startToken], vocab['the</w>'], vocab['light</w>'], vocab[endToken]]);
  });

  it('gives the end token the highest id, which is how CLIP finds it', () => {
    expect(Math.max(...Object.values(vocab))).toBe(vocab[endToken]);
  });

  it('encodes anything, unseen letters and scripts too, without unknown tokens', () => {
    const { ids } = tokenizer.encode('Zoë 北京 🎬');
    expect(ids.slice(1, -1)).not.toContain(vocab[endToken]);
  });

  it('is the same whatever the order of the corpus', () => {
    expect(trainTokenizer([...corpus].reverse(), 600)).toEqual(json);
  });

  it('refuses a vocabulary smaller than the bytes', () => {
    expect(() => trainTokenizer(corpus, 100)).toThrow(/at least 514/);
  });
});
