import { describe, expect, it } from 'vitest';
import {
  frameFaces,
  frameLayout,
  frameSentences,
  identifiers,
  referenceLayout,
  type Segment,
  sentenceOwners,
} from './layout.ts';
import { parseScript } from './parse.ts';
import { characterSentences, splitSentences } from './sentences.ts';

const show = (segments: Segment[]): string =>
  segments
    .map((s) =>
      s.kind === 'face'
        ? `<${s.character}>`
        : s.kind === 'visual'
          ? `<${s.index}>`
          : s.kind === 'sentence'
            ? `{${s.text}}`
            : s.text,
    )
    .join(' ');

const script = parseScript(
  `characters:
  mara: { face: m.png, description: A woman with long red hair. She wears a blue hoodie. }
  tom: { face: t.png, description: A bald man }
shots:
  - characters: { tom: Surprised!, mara: }
    elements: [Snowy forest, Night. Close-up]
    plot: Mara shows Tom the light. Dr. Stone waits.
  - { plot: [The sea. Waves.] }
`,
  { file: 's.yaml' },
);

describe('frameLayout', () => {
  it('is the frame of appendix A', () => {
    expect(show(frameLayout(script.shots[0]!, script))).toBe(
      '[START_OF_FRAME] Characters: - <tom> {A bald man, surprised.} ' +
        '- <mara> {A woman with long red hair.} {She wears a blue hoodie.} ' +
        'Scene Elements: - {Snowy forest} - {Night. Close-up} ' +
        'Plots: - {Mara shows Tom the light.} - {Dr. Stone waits.} <0> <1> [END_OF_FRAME]',
    );
    expect(show(frameLayout(script.shots[1]!, script, 3))).toBe(
      '[START_OF_FRAME] Characters: Scene Elements: Plots: - {The sea. Waves.} <0> <1> <2> [END_OF_FRAME]',
    );
  });

  it('uses the declared identifiers only', () => {
    const used = script.shots
      .flatMap((shot) => frameLayout(shot, script))
      .filter((s) => s.kind === 'identifier');
    expect(new Set(used.map((s) => s.text))).toEqual(new Set(identifiers));
  });

  it('says whom each sentence is about', () => {
    const owners = (shot: number): number[] => sentenceOwners(frameLayout(script.shots[shot]!, script));
    expect(owners(0)).toEqual([0, 1, 1, -1, -1, -1, -1]);
    expect(owners(1)).toEqual([-1]);
  });

  it('gives the renderer its rows', () => {
    expect(frameFaces(script.shots[0]!)).toEqual(['tom', 'mara']);
    expect(frameSentences(script.shots[1]!, script)).toEqual(['The sea. Waves.']);
    expect(frameSentences(script.shots[0]!, script)).toHaveLength(7);
  });

  it('has a form for references, and checks its arguments', () => {
    expect(show(referenceLayout())).toBe('[START_OF_FRAME] <0> <1> [END_OF_FRAME]');
    expect(() => referenceLayout(1.5)).toThrow(/1\.5/);
    const stranger = { ...script.shots[1]!, characters: [{ id: 'igor', expression: '' }] };
    expect(() => frameLayout(stranger, script)).toThrow(/no character "igor"/);
  });
});

describe('splitSentences', () => {
  it.each([
    ['One. Two! Three? Four', ['One.', 'Two!', 'Three?', 'Four']],
    ['No end', ['No end']],
    ['  Spread\n over   lines.\nNext.  ', ['Spread over lines.', 'Next.']],
    ['A heading\n\nA paragraph.', ['A heading', 'A paragraph.']],
    [
      'Dr. Stone meets Mrs. Lee at St. Mary. They talk.',
      ['Dr. Stone meets Mrs. Lee at St. Mary.', 'They talk.'],
    ],
    ['J. R. Stone waits. So do I. Then he goes.', ['J. R. Stone waits.', 'So do I.', 'Then he goes.']],
    ['The U.S. Navy ship sails.', ['The U.S. Navy ship sails.']],
    ['It costs 3.5 coins. No. 5 wins, e.g. Tom.', ['It costs 3.5 coins.', 'No. 5 wins, e.g. Tom.']],
    ['"Run!" Mara shouts. "Now." He runs.', ['"Run!" Mara shouts.', '"Now."', 'He runs.']],
    [
      '“Where?” asks Tom. (He is lost.) Night falls.',
      ['“Where?” asks Tom.', '(He is lost.)', 'Night falls.'],
    ],
    ['Wait... what? Yes… maybe. Hm... No.', ['Wait... what?', 'Yes… maybe.', 'Hm...', 'No.']],
    ['Él ríe. ¿Por qué? Ella no.', ['Él ríe.', '¿Por qué?', 'Ella no.']],
    ['她笑了。他跑。', ['她笑了。', '他跑。']],
    ['', []],
    [' . ', ['.']],
  ])('%j', (text, sentences) => {
    expect(splitSentences(text)).toEqual(sentences);
  });
});

describe('characterSentences', () => {
  it.each([
    ['A bald man.', 'smiling', ['A bald man, smiling.']],
    ['A bald man', 'Surprised.', ['A bald man, surprised.']],
    ['A bald man, tall, ', ', eyes wide open!', ['A bald man, tall, eyes wide open.']],
    ['A bald man. He limps.', 'sad', ['A bald man, sad.', 'He limps.']],
    ['A bald man!', 'sad', ['A bald man, sad!']],
    ['Dr. Stone, a bald man.', 'With a grin', ['Dr. Stone, a bald man, with a grin.']],
    ['A bald man.', '', ['A bald man.']],
    ['A bald man.', ' ... ', ['A bald man.']],
    ['A bald man.', 'I-told-you-so look', ['A bald man, I-told-you-so look.']],
    ['A bald man.', 'A faint smile', ['A bald man, a faint smile.']],
    ['A bald man.', 'TV smile', ['A bald man, TV smile.']],
  ])('%j with %j', (description, expression, sentences) => {
    expect(characterSentences(description, expression)).toEqual(sentences);
  });
});
