import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatScript, parseScript } from '../script/index.ts';
import { parseFountain, plain, type ScreenplayElement } from './fountain.ts';
import { toScript } from './toScript.ts';

/** Kind and text of each element, in short. */
const brief = (text: string): string[] => parseFountain(text).map(inShort);

function inShort(element: ScreenplayElement): string {
  const { kind } = element;
  if (kind === 'title') return `title ${element.key}: ${element.text}`;
  if (kind === 'section') return `section ${element.level}: ${element.text}`;
  if (kind === 'scene') return `scene: ${element.text}${element.number ? ` #${element.number}` : ''}`;
  if (kind !== 'dialogue') return `${kind}: ${element.text}`;
  const speech = element.speech.map(({ text, tone }) => (tone ? `(${tone}) ${text}` : text));
  return `dialogue ${element.name}${element.isAbsent ? ' absent' : ''}: ${speech.join(' / ')}`;
}

describe('Fountain', () => {
  it.each<[string, string, string[]]>([
    [
      'a heading after a blank line',
      'INT. HOUSE - DAY\n\nShe waits.',
      ['scene: INT. HOUSE - DAY', 'action: She waits.'],
    ],
    [
      'headings of all kinds',
      'ext street\n\nI/E. CAR\n\nINT./EXT. BOAT\n\nest. town',
      ['scene: ext street', 'scene: I/E. CAR', 'scene: INT./EXT. BOAT', 'scene: est. town'],
    ],
    [
      'a forced heading, and dots that are none',
      '.LIMBO\n\n...and then.',
      ['scene: LIMBO', 'action: ...and then.'],
    ],
    ['a scene number', 'EXT. ROAD - NIGHT #12A#', ['scene: EXT. ROAD - NIGHT #12A']],
    [
      'a word that only begins like a heading',
      'Internal fire.\n\nEXTERIOR is a word.',
      ['action: Internal fire.', 'action: EXTERIOR is a word.'],
    ],
    ['dialogue with a parenthetical', 'MARA\n(softly)\nCome here.', ['dialogue MARA: (softly) Come here.']],
    ['a parenthetical in the middle', 'MARA\nCome.\n(beat)\nNow.', ['dialogue MARA: Come. / (beat) Now.']],
    ['a voice from elsewhere', 'TOM (V.O.)\nI was young.', ['dialogue TOM absent: I was young.']],
    ['an extension that is no absence', 'TOM (CONT’D)\nYes.', ['dialogue TOM: Yes.']],
    ['dual dialogue', 'TOM\nYes!\n\nIDA ^\nNo!', ['dialogue TOM: Yes!', 'dialogue IDA: No!']],
    ['a forced name in small letters', '@McAvoy\nAye.', ['dialogue McAvoy: Aye.']],
    ['a name of another script', 'ЮЛИЯ\nДа.', ['dialogue ЮЛИЯ: Да.']],
    ['capitals without dialogue', 'A DOOR SLAMS\n\nSilence.', ['action: A DOOR SLAMS', 'action: Silence.']],
    ['forced action in capitals', '!SCANNING\nfor life.', ['action: SCANNING for life.']],
    ['a blank line of two spaces within dialogue', 'TOM\nOne.\n  \nTwo.', ['dialogue TOM: One. / Two.']],
    ['lyrics', '~La la\n\nTOM\n~La', ['lyrics: La la', 'dialogue TOM: La']],
    [
      'transitions, forced and not',
      'She goes.\n\nCUT TO:\n\n> Burn to white.',
      ['action: She goes.', 'transition: CUT TO:', 'transition: Burn to white.'],
    ],
    ['centred text', '> THE END <', ['centred: THE END']],
    [
      'a note within action, and one over two lines',
      'She [[who?]] runs.\n\n[[two\nlines]]',
      ['action: She runs.', 'note: who?', 'note: two\nlines'],
    ],
    [
      'boneyard over scenes',
      'One.\n\n/* INT. GONE\n\nTOM\nBye. */\n\nTwo.',
      ['action: One.', 'boneyard: INT. GONE\n\nTOM\nBye.', 'action: Two.'],
    ],
    [
      'sections, synopses and page breaks',
      '# Act\n\n## Part\n\n= It begins.\n\n===',
      ['section 1: Act', 'section 2: Part', 'synopsis: It begins.', 'page break: '],
    ],
    [
      'a title page',
      'Title:\n    The _Lamp_\n    **Again**\nAuthor: Ann\n\nAction.',
      ['title Title: The _Lamp_ **Again**', 'title Author: Ann', 'action: Action.'],
    ],
    [
      'no title page where a transition comes first',
      'CUT TO:\n\nAction.',
      ['transition: CUT TO:', 'action: Action.'],
    ],
    [
      'line ends of other systems, and a byte order mark',
      '\ufeffTOM\r\nYes.\r\n\r\nHe goes.',
      ['dialogue TOM: Yes.', 'action: He goes.'],
    ],
  ])('%s', (_, text, expected) => {
    expect(brief(text)).toEqual(expected);
  });

  it('says where each element stands', () => {
    const places = parseFountain('INT. A\n\nOne\ntwo.\n\nTOM\nYes.').map(({ line, to }) => [line, to]);
    expect(places).toEqual([
      [1, 1],
      [3, 4],
      [6, 7],
    ]);
  });

  it('takes marks of emphasis away, and leaves stars that are none', () => {
    expect(plain('*a* **b** ***c*** _d_ snake_case 2 * 3 \\*e\\*')).toBe('a b c d snake_case 2 * 3 *e*');
  });
});

const screenplay = `Title: The Lamp

EXT. HARBOUR - NIGHT

MARA walks. [[private]] Tom waves.

MARA
(whispering)
Who is there?

TOM (O.S.)
Me.

CUT TO:

INT. LIGHTHOUSE, STAIRS

IDA
Up here!

[[shot: close-up of TOM]]
`;

describe('a screenplay as a script', () => {
  const { script, cast, fates } = toScript(parseFountain(screenplay));

  it('makes shots of paragraphs, notes, and dialogue that has none before it', () => {
    const shown = script.shots.map(({ elements, characters, plot }) => ({ elements, characters, plot }));
    expect(shown).toEqual([
      { elements: ['Harbour', 'Night'], characters: ['Mara', 'Tom'], plot: ['Mara walks.', 'Tom waves.'] },
      { elements: ['Lighthouse, stairs'], characters: ['Ida'], plot: 'Ida speaks.' },
      { elements: ['Lighthouse, stairs', 'Close-up'], characters: ['Tom'], plot: 'Close-up of Tom.' },
    ]);
    expect(script.shots[0]?.dialogue).toEqual([
      { Mara: 'Who is there?', tone: 'whispering' },
      { Tom: 'Me.', tone: 'O.S.' },
    ]);
    expect(script.shots[0]?.notes).toEqual(['transition: CUT TO:']);
    expect(script.title).toBe('The Lamp');
    expect(cast.map(({ name, saidOf }) => [name, saidOf])).toEqual([
      ['Mara', ['Mara walks.']],
      ['Tom', ['Tom waves.']],
      ['Ida', []],
    ]);
  });

  it('keeps private notes out of the film', () => {
    expect(JSON.stringify(script)).not.toContain('private');
    expect(fates.filter(({ leftOut }) => leftOut)).toEqual([
      { line: 5, to: 5, what: 'note', leftOut: 'a private note' },
    ]);
  });

  it('is a script that can be read', () => {
    const parsed = parseScript(formatScript(script), { file: 'script.yaml' });
    expect(parsed.shots.map(({ dialogue }) => dialogue?.length)).toEqual([2, 1, undefined]);
  });

  it('puts more people than a frame holds into a note', () => {
    const names = ['ADA', 'BEN', 'CAL', 'DAN', 'EVE', 'FAY'];
    const all = `${names.map((name) => `${name}\nYes.`).join('\n\n')}`;
    const [shot] = toScript(parseFountain(`They meet.\n\n${all}`)).script.shots;
    expect(shot?.characters).toHaveLength(5);
    expect(shot?.notes).toEqual(['also there: Fay']);
  });

  it('loses no line: each is in a shot, the film’s own, or left out with a reason', () => {
    const pieces = fc.constantFrom(
      ...[
        'INT. ROOM - DAY',
        '.FORCED',
        'She runs.',
        'MARA',
        '@tom',
        '(softly)',
        'Hello *there*.',
        'CUT TO:',
        '> FADE',
        '> END <',
      ],
      ...[
        '# One',
        '= It is.',
        '===',
        '~la',
        '[[note]]',
        '[[shot: a door]]',
        '/* gone */',
        '/* open',
        '*/',
        '[[open',
        ']]',
        '',
        '  ',
        '!ACT',
        'Title: x',
      ],
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), (lines) => {
        const { fates, script } = toScript(parseFountain(lines.join('\n')));
        const covered = new Set(
          fates.flatMap(({ line, to }) => Array.from({ length: to - line + 1 }, (_, i) => line + i)),
        );
        lines.forEach((text, i) => {
          if (text.trim() !== '')
            expect(covered.has(i + 1), `line ${i + 1} of ${JSON.stringify(lines)}`).toBe(true);
        });
        for (const { shot, leftOut } of fates)
          expect(shot === undefined || shot <= script.shots.length || leftOut !== undefined).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
