import { describe, expect, it } from 'vitest';
import { ClipTokenizer } from './clipTokenizer.ts';
import { cutSentences } from './cutSentences.ts';
import { trainTokenizer } from './trainTokenizer.ts';

// of single letters: each letter of a text is a token
const tokenizer = new ClipTokenizer(trainTokenizer([], 514));
const length = (text: string): number => tokenizer.encode(text, 1000).tokens;

describe('cutSentences', () => {
  it('names what is longer than the tower reads, once, with its length and the last words read', () => {
    const long = 'aa bb cc aa bb cc aa bb cc aa';
    const positions = length('aa bb cc aa bb cc aa');
    expect(cutSentences(['a b', long, long], tokenizer, positions)).toEqual([
      { sentence: long, tokens: length(long), positions, lastRead: 'cc aa bb cc aa' },
    ]);
    expect(cutSentences([long], tokenizer, length(long))).toEqual([]);
  });

  it('shows characters of a text without spaces', () => {
    const [cut] = cutSentences(['a'.repeat(40)], tokenizer, length('a'.repeat(10)));
    expect(cut?.lastRead).toBe('a'.repeat(10));
  });
});
