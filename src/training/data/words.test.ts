import { describe, expect, it } from 'vitest';
import { vocabularyOf, wordsOf, wordTargets } from './words.ts';

describe('words', () => {
  it('are taken in lower case, each once', () => {
    expect(wordsOf("Tom's T-shirt, a red T-shirt.")).toEqual(["tom's", 't-shirt', 'a', 'red']);
  });

  it('make a vocabulary of what is said often enough, and targets', () => {
    const texts = ['A red hat.', 'A blue hat.', 'Night'];
    const vocabulary = vocabularyOf(texts, 2);
    expect(vocabulary).toEqual(['a', 'hat']);
    const places = new Map(vocabulary.map((word, i) => [word, i]));
    expect([...wordTargets([...texts, 'Hat'], places)]).toEqual([1, 1, 1, 1, 0, 0, 0, 1]);
  });
});
