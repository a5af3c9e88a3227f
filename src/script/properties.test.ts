import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatScript } from './format.ts';
import { parseScript } from './parse.ts';
import type { ScriptFile } from './schema.ts';
import { splitSentences } from './sentences.ts';

const word = fc.constantFrom(
  'Mara',
  'looks',
  'at',
  'the light',
  'é',
  '海',
  '3.5',
  'Dr. Stone',
  'U.S.',
  '"Run!" she shouts',
  "O'Brien",
);
const prose = fc
  .array(fc.tuple(word, fc.constantFrom(' ', '. ', '! ', '? ', '… ', '。', ', ', '\n\n', ' - ')), {
    minLength: 1,
    maxLength: 12,
  })
  .map((parts) => parts.flat().join(''));
const squeezed = (text: string): string => text.replace(/\s+/g, '');

describe('splitSentences', () => {
  it('loses nothing but white space, and gives no empty sentence', () => {
    fc.assert(
      fc.property(prose, (text) => {
        const sentences = splitSentences(text);
        expect(squeezed(sentences.join(''))).toBe(squeezed(text));
        for (const sentence of sentences) expect(sentence).toBe(sentence.trim());
        expect(sentences).not.toContain('');
      }),
    );
  });

  it('finds nothing more to split in a sentence of its own', () => {
    fc.assert(
      fc.property(prose, (text) => {
        for (const sentence of splitSentences(text)) expect(splitSentences(sentence)).toEqual([sentence]);
      }),
    );
  });
});

const text = fc.constantFrom(
  'Night',
  'a: b',
  '- item',
  '# no comment',
  'yes',
  'null',
  '1e3',
  "it's",
  '"quoted"',
  'Fog & rain',
  '  padded',
  '海辺。',
);
const names = ['mara', 'Tom', "O'Brien", 'Zoë'];
const script: fc.Arbitrary<ScriptFile> = fc.record({
  title: text,
  characters: fc.constant(
    Object.fromEntries(names.map((n) => [n, { face: `${n}.png`, description: `${n} smiles.` }])),
  ),
  shots: fc.array(
    fc.record({
      characters: fc
        .subarray(names)
        .map((cast) => Object.fromEntries(cast.map((n, i) => [n, i % 2 ? 'smiling' : null]))),
      elements: fc.array(text, { maxLength: 3 }),
      plot: fc.array(text, { minLength: 1, maxLength: 3 }),
      seconds: fc.integer({ min: 1, max: 240 }).map((n) => n / 2),
    }),
    { minLength: 1, maxLength: 5 },
  ),
});

describe('formatScript', () => {
  it('writes what parseScript reads, whatever looks like YAML in it', () => {
    fc.assert(
      fc.property(script, (data) => {
        const parsed = parseScript(formatScript(data), { file: '/film/script.yaml' });
        expect(parsed.title).toBe(data.title?.trim());
        expect(parsed.characters.map(({ id }) => id)).toEqual(names);
        for (const [i, shot] of data.shots.entries()) {
          const read = parsed.shots[i];
          expect(read?.elements).toEqual(shot.elements?.map((e) => e.trim()));
          expect(read?.plot).toEqual((shot.plot as string[]).map((p) => p.trim()));
          expect(read?.seconds).toBe(shot.seconds);
          expect(read?.characters.map(({ id }) => id)).toEqual(Object.keys(shot.characters ?? {}));
        }
      }),
    );
  });
});
