import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatScript, parseScript, type ScriptFile } from '../script/index.ts';
import { parseFountain, type ScreenplayElement } from './fountain.ts';
import { ScreenplayError } from './screenplayError.ts';
import { toScript } from './toScript.ts';

/** An element with its lines, kind and all that it says. */
function inFull(element: ScreenplayElement): string {
  const lines = element.line === element.to ? `${element.line}` : `${element.line}-${element.to}`;
  const { kind } = element;
  if (kind === 'title') return `${lines} title ${element.key}: ${element.text}`;
  if (kind === 'section') return `${lines} section ${element.level}: ${element.text}`;
  if (kind === 'scene')
    return `${lines} scene${element.number ? ` #${element.number}` : ''}: ${element.text}`;
  if (kind !== 'dialogue') return `${lines} ${kind}: ${element.text}`;
  const { name, extensions, isAbsent, isDual, speech } = element;
  const traits = [...extensions, ...(isAbsent ? ['absent'] : []), ...(isDual ? ['dual'] : [])];
  const said = speech.map(
    ({ text, tone, isSung }) => `${tone ? `(${tone}) ` : ''}${isSung ? '~' : ''}${text}`,
  );
  return `${lines} ${name}${traits.map((trait) => ` [${trait}]`).join('')}: ${said.join(' / ')}`;
}

const screenplays: readonly [string, string, readonly string[]][] = [
  [
    'a title page whose values are indented, with a hyphen in a key',
    'Title:\n   _The **Salt** Road_\n   Part One\nCredit: by\nCo-author: Ann Example\nContact:\n\tann@example.org\n\tSea: no\n\nINT. HUT - DAY\n\nWind.',
    [
      '1-3 title Title: _The **Salt** Road_ Part One',
      '4 title Credit: by',
      '5 title Co-author: Ann Example',
      '6-8 title Contact: ann@example.org Sea: no',
      '10 scene: INT. HUT - DAY',
      '12 action: Wind.',
    ],
  ],
  [
    'FADE IN: at the beginning, which is no title page',
    'FADE IN:\n\nEXT. SEA - DAWN\n\nGulls.\n\nFADE OUT.',
    ['1 action: FADE IN:', '3 scene: EXT. SEA - DAWN', '5 action: Gulls.', '7 action: FADE OUT.'],
  ],
  [
    'headings of every beginning, and what needs a blank line to be one',
    'INT./EXT. VAN - DAY\n\nint/ext bus\n\nExt. Quay\n\nI/E TRAM #7-B#\n\nEST. CITY\n\nShe reads\nEXT. on a door.\n\nINTERIOR MONOLOGUE follows.',
    [
      '1 scene: INT./EXT. VAN - DAY',
      '3 scene: int/ext bus',
      '5 scene: Ext. Quay',
      '7 scene #7-B: I/E TRAM',
      '9 scene: EST. CITY',
      '11-12 action: She reads EXT. on a door.',
      '14 action: INTERIOR MONOLOGUE follows.',
    ],
  ],
  [
    'dots that force a heading, and dots that do not',
    '.the cellar #1#\n\n.. and\n\n. apart\n\nHe holds\n.45 shells.\n\n.été',
    [
      '1 scene #1: the cellar',
      '3 action: .. and',
      '5 action: . apart',
      '7-8 action: He holds .45 shells.',
      '10 scene: été',
    ],
  ],
  [
    'headings directly below sections and synopses',
    '# Act one\nINT. MILL - DAY\n\n= The wheel stops.\n.THE WHEEL\n\n===\nEXT. MILL',
    [
      '1 section 1: Act one',
      '2 scene: INT. MILL - DAY',
      '4 synopsis: The wheel stops.',
      '5 scene: THE WHEEL',
      '7 page break: ',
      '8 scene: EXT. MILL',
    ],
  ],
  [
    'names with figures, stops, marks and without letters',
    'R2-X\nBeep.\n\n23\n(counting)\n\nJ. R. STONE JR.\nHere.\n\nWHAT?\nYes.\n\nO’HARA & SON\nShut.',
    [
      '1-2 R2-X: Beep.',
      '4-5 action: 23 (counting)',
      '7-8 J. R. STONE JR.: Here.',
      '10-11 WHAT?: Yes.',
      '13-14 O’HARA & SON: Shut.',
    ],
  ],
  [
    'extensions of all kinds',
    "IDA (V.O.)\nOne.\n\nIDA (on the phone) (CONT'D)\nTwo.\n\nIDA (O.S)\nThree.\n\nIDA (official)\nFour.\n\n@ida (off)\nFive.",
    [
      '1-2 IDA [V.O.] [absent]: One.',
      "4-5 IDA [on the phone] [CONT'D]: Two.",
      '7-8 IDA [O.S] [absent]: Three.',
      '10-11 IDA [official]: Four.',
      '13-14 ida [off] [absent]: Five.',
    ],
  ],
  [
    'dual dialogue, with and without a space before its mark',
    'TOM\nStay!\n\nIDA ^\nGo!\n\nTOM (O.S.)^\nWhy?',
    ['1-2 TOM: Stay!', '4-5 IDA [dual]: Go!', '7-8 TOM [O.S.] [absent] [dual]: Why?'],
  ],
  [
    'parentheticals at the beginning, in the middle, doubled and last',
    'TOM\n(low)\n(to Ida)\nOne\nline.\n(beat)\nTwo.\n(leaves)',
    ['1-8 TOM: (low; to Ida) One line. / (beat) Two. / (leaves) '],
  ],
  [
    'lyrics of a song, and within dialogue',
    '~Row, row\n~your boat\n\nIDA\n(quietly)\n~Gently\n~down\nEnough.',
    ['1-2 lyrics: Row, row / your boat', '4-8 IDA: (quietly) ~Gently down / Enough.'],
  ],
  [
    'transitions, and capitals that are none',
    'Rain.\n\nSMASH CUT TO:\n\n> fade to white\n\nHE LOOKS TO:\nthe left.\n\ncut to:\n\nCUT TO: black\n\n>CUT TO:',
    [
      '1 action: Rain.',
      '3 transition: SMASH CUT TO:',
      '5 transition: fade to white',
      '7-8 action: HE LOOKS TO: the left.',
      '10 action: cut to:',
      '12 action: CUT TO: black',
      '14 transition: CUT TO:',
    ],
  ],
  [
    'centred text between lines of action',
    'A sign:\n> *No Entry* <\n>THE END<\nHe enters.',
    ['1 action: A sign:', '2 centred: *No Entry*', '3 centred: THE END', '4 action: He enters.'],
  ],
  [
    'forced action of capitals, over two lines and of a name',
    '!BOOM\n!THE DOOR\n\n!IDA\nshe writes.\n\n! INT. is a word',
    ['1-2 action: BOOM THE DOOR', '4-5 action: IDA she writes.', '7 action: INT. is a word'],
  ],
  [
    'a note between cue and speech, one within speech, one after',
    'TOM\n[[loud?]]\nYes, [[or no]] yes.\n[[beat]]\nAgain.\n\nHe [[limps]]goes.',
    [
      '1-5 TOM: Yes, yes. Again.',
      '2 note: loud?',
      '3 note: or no',
      '4 note: beat',
      '7 action: He goes.',
      '7 note: limps',
    ],
  ],
  [
    'notes with a blank line, with a blank line of two spaces, and left open',
    '[[one\n\ntwo]]\n\n[[three\n  \nfour]]\n\nOpen [[five.',
    ['1 action: [[one', '3 action: two]]', '5-7 note: three\n  \nfour', '9 action: Open [[five.'],
  ],
  [
    'boneyard over blank lines and cues, with a note in it, and one left open',
    'Here /* gone\n\nIDA\nNo. [[x]]\n*/ again.\n\nOpen /* stays.',
    [
      '1 action: Here',
      '1-5 boneyard: gone\n\nIDA\nNo. [[x]]',
      '5 action: again.',
      '7 action: Open /* stays.',
    ],
  ],
  [
    'sections of all depths, and a synopsis with an equals sign',
    '#One\n###   Three\n=a = b\n====\n==no break',
    ['1 section 1: One', '2 section 3: Three', '3 synopsis: a = b', '4 page break: ', '5 action: ==no break'],
  ],
  [
    'emphasis, escaped and unclosed',
    'A **bold** *star\\** and_under_score, 2 * 3 and **open.\n\nIDA\n_Now_, \\*ahem\\*!',
    ['1 action: A bold star* and_under_score, 2 * 3 and **open.', '3-4 IDA: Now, *ahem*!'],
  ],
  [
    'line ends of three systems, tabs and spaces before elements',
    '\ufeff\tINT. BARN\r\n\r\n\tIDA\r\n\t\t(dry)\r\n\tHay.\r\rHe sneezes.\n',
    ['1 scene: INT. BARN', '3-5 IDA: (dry) Hay.', '7 action: He sneezes.'],
  ],
  [
    'a blank line of two spaces that keeps dialogue open, and one of one space that does not',
    'IDA\nOne.\n  \nTwo.\n \nThree.\n\nTOM\n\nFour.',
    ['1-4 IDA: One. / Two.', '6 action: Three.', '8 action: TOM', '10 action: Four.'],
  ],
  [
    'writing without capitals is never a name, unless it is forced',
    '李雷\n你好。\n\n@李雷\n你好。\n\nÉLODIE\nOui.\n\nΝΊΚΟΣ\nΝαι.',
    ['1-2 action: 李雷 你好。', '4-5 李雷: 你好。', '7-8 ÉLODIE: Oui.', '10-11 ΝΊΚΟΣ: Ναι.'],
  ],
];

describe('screenplays with awkward cases', () => {
  it.each(screenplays)('%s', (_, text, expected) => {
    expect(parseFountain(text).map(inFull)).toEqual(expected);
  });

  it.each(screenplays)('makes a script of %s', (_, text) => {
    const { script } = toScript(parseFountain(text));
    expect(() => readBack(script)).not.toThrow();
  });
});

const readBack = (script: ScriptFile) => parseScript(formatScript(script), { file: 'script.yaml' });
const scriptOf = (text: string): ScriptFile => toScript(parseFountain(text)).script;

describe('what a script can hold', () => {
  it('makes several shots of a long paragraph', () => {
    const people = ['ADA', 'BEN', 'CAL', 'DAN', 'EVE'].map((name) => `${name}\nYes.`).join('\n\n');
    const long = Array.from({ length: 20 }, (_, i) => `Ada, Ben, Cal, Dan and Eve wait ${i}.`).join(' ');
    const { shots } = readBack(scriptOf(`INT. A - B - C - D - E - NIGHT\n\n${long}\n\n${people}`));
    expect(shots.map(({ plot }) => plot.length)).toEqual([6, 6, 6, 2]);
    expect(shots[0]?.elements).toEqual(['A', 'B', 'C', 'D - e - night']);
  });

  it('goes on in further shots where dialogue is long', () => {
    const { shots } = readBack(scriptOf(`They sit.\n\n${'IDA\nAnd then we went on and on.\n\n'.repeat(30)}`));
    expect(shots.length).toBeGreaterThan(3);
    expect(shots.every(({ seconds }) => seconds <= 20)).toBe(true);
    expect(shots.flatMap(({ dialogue = [] }) => dialogue)).toHaveLength(30);
  });

  it('knows a person by every way to write the name', () => {
    const { characters } = readBack(
      scriptOf("O’HARA\nA.\n\nO'HARA\nB.\n\n@o'hara\nC.\n\n@tone\nD.\n\n@constructor\nE."),
    );
    expect(characters.map(({ id }) => id)).toEqual(["O'Hara", 'Tone', 'Constructor']);
  });

  it('makes a shot of a scene in which nothing is said to happen', () => {
    const { shots } = scriptOf('EST. TOWN - DAWN\n\nINT. SHOP #2#\n\nIDA (V.O.)\nOpen.');
    expect(shots.map(({ scene, plot }) => [scene, plot])).toEqual([
      ['EST. TOWN - DAWN', 'Town.'],
      ['2 INT. SHOP', 'A voice is heard.'],
    ]);
  });

  it('takes fades for transitions', () => {
    const { shots } = scriptOf('FADE IN:\n\nRain.\n\nFADE OUT.');
    expect(shots.map(({ plot, notes }) => [plot, notes])).toEqual([
      ['Rain.', ['transition: FADE IN:', 'transition: FADE OUT.']],
    ]);
  });

  it('says which line is too long', () => {
    expect(() => scriptOf(`Rain.\n\n${'a'.repeat(3000)}`)).toThrow(ScreenplayError);
    expect(() => scriptOf(`Rain.\n\n${'a'.repeat(3000)}`)).toThrow(/line 3: a text of 3000 letters/);
  });

  it('reads marks that are never closed in one pass', () => {
    const [action, ...others] = parseFountain('[[ /* '.repeat(200_000));
    expect([action?.kind, action?.to, others]).toEqual(['action', 1, []]);
  });
});

it('loses no word: each is in its shot, the title, or left out with a reason', () => {
  const forms = [
    ...[
      'W',
      'W w.',
      'INT. W - DAY',
      '.W',
      'EST. W',
      'W TO:',
      '> w',
      '> w <',
      '# w',
      '= w',
      '~w',
      '(w)',
      '@w',
    ],
    ...['[[w]]', '[[shot: w]]', '/* w */', '[[w', 'w]]', '/* w', 'w */', '!W', 'Title: w', 'W (V.O.)', 'W ^'],
    ...['*w*', '===', '', '', '', ' ', '  '],
  ];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...forms), { maxLength: 40 }), (chosen) => {
      const words = chosen.map((_, i) => `word${i}x`);
      const lines = chosen.map((form, i) =>
        form.replace(/\bw\b/i, (w) => (w === 'W' ? words[i]?.toUpperCase() : words[i]) ?? ''),
      );
      const { script, fates } = toScript(parseFountain(lines.join('\n')));
      if (script.shots.length > 0) readBack(script);
      for (const [i, line] of lines.entries()) {
        const word = words[i] as string;
        if (!line.toLowerCase().includes(word)) continue;
        const own = fates.filter((fate) => fate.line <= i + 1 && i + 1 <= fate.to);
        expect(own.length, `line ${i + 1} of ${JSON.stringify(lines)}`).toBeGreaterThan(0);
        const isKept = JSON.stringify(script).toLowerCase().includes(word);
        const isExplained = own.some(({ leftOut }) => leftOut !== undefined) || script.shots.length === 0;
        expect(isKept || isExplained, `${word} of ${JSON.stringify(lines)}`).toBe(true);
      }
    }),
    { numRuns: 300 },
  );
});
