import { describe, expect, it } from 'vitest';
import { formatScript } from './format.ts';
import { editDistance, nearest } from './nearest.ts';
import { parseScript } from './parse.ts';
import { type ScriptFile, scriptJsonSchema } from './schema.ts';
import { ScriptError } from './scriptError.ts';

const file = 'films/lighthouse.yaml';
const parse = (text: string): ReturnType<typeof parseScript> => parseScript(text, { file });

function failure(text: string): ScriptError {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof ScriptError) return error;
    throw error;
  }
  throw new Error(`accepted: ${text.slice(0, 200)}`);
}

const good = `title: The lighthouse
characters:
  mara: { face: mara.png, description: A woman with long red hair and a blue hoodie. }
  tom: { face: faces/tom.png, description: A bald man. }
shots:
  - characters: { mara: smiling, tom: }
    elements: [Snowy forest, Night]
    plot: Mara shows Tom the light. Tom laughs.
    seconds: 2.5
  - characters: [tom]
    plot: [Tom sleeps., He dreams]
references: [reference-1.png]
`;

describe('a good script', () => {
  it('is read with defaults, split plots and paths beside the file', () => {
    const script = parseScript(good, { file: '/films/lighthouse.yaml' });
    expect(script).toEqual({
      file: '/films/lighthouse.yaml',
      title: 'The lighthouse',
      characters: [
        { id: 'mara', face: '/films/mara.png', description: 'A woman with long red hair and a blue hoodie.' },
        { id: 'tom', face: '/films/faces/tom.png', description: 'A bald man.' },
      ],
      shots: [
        {
          characters: [
            { id: 'mara', expression: 'smiling' },
            { id: 'tom', expression: '' },
          ],
          elements: ['Snowy forest', 'Night'],
          plot: ['Mara shows Tom the light.', 'Tom laughs.'],
          seconds: 2.5,
        },
        {
          characters: [{ id: 'tom', expression: '' }],
          elements: [],
          plot: ['Tom sleeps.', 'He dreams'],
          seconds: 3,
        },
      ],
      references: ['/films/reference-1.png'],
    });
  });

  it('may be JSON, may use a few anchors, and keeps the order of names', () => {
    expect(parse('{"shots": [{"plot": "It snows."}]}').shots[0]!.plot).toEqual(['It snows.']);
    const anchored =
      'shots:\n  - &a { plot: It snows., elements: &e [Night] }\n  - { plot: It rains., elements: *e }\n  - *a\n';
    expect(parse(anchored).shots.map(({ elements }) => elements)).toEqual([['Night'], ['Night'], ['Night']]);
    const names = parse(
      'characters: { zoë: {face: a, description: b}, Ann Lee: {face: a, description: b} }\nshots: [{plot: a, characters: {Ann Lee: , zoë: sad}}]',
    );
    expect(names.characters.map(({ id }) => id)).toEqual(['zoë', 'Ann Lee']);
    expect(names.shots[0]!.characters.map(({ id }) => id)).toEqual(['Ann Lee', 'zoë']);
  });

  it('survives formatScript', () => {
    const data: ScriptFile = {
      title: 'A: "quoted" # title',
      characters: { mara: { face: 'mara.png', description: 'A woman; tall, 1.90 m: very tall.' } },
      shots: [{ characters: { mara: 'yes' }, elements: ['12'], plot: ['- Night', 'null'], seconds: 1.5 }],
      references: ['*a.png'],
    };
    const script = parse(formatScript(data));
    expect(script.title).toBe(data.title);
    expect(script.characters[0]!.description).toBe(data.characters!.mara!.description);
    expect(script.shots[0]).toMatchObject({ elements: ['12'], plot: ['- Night', 'null'], seconds: 1.5 });
    expect(() => formatScript({ shots: [] })).toThrow();
  });
});

describe('a bad script', () => {
  const hero = 'characters: { mara: { face: m.png, description: A woman. } }\n';
  const shot = 'shots: [{ plot: It snows. }]\n';
  const six = ['a', 'b', 'c', 'd', 'e', 'f'];
  const cast = `characters: {${six.map((c) => `${c}: {face: x, description: y}`)}}\n`;

  // text of the script, line and column of the problem, what it says, what it proposes
  const cases: [string, string, [number, number], RegExp, RegExp][] = [
    ['broken YAML', 'shots:\n  - plot: "It snows.\n', [3, 1], /not valid YAML.*quote/i, /quote/],
    ['an open bracket', 'shots: [{plot: a}\n', [2, 1], /not valid YAML/, /./],
    ['a tab', 'shots:\n\t- plot: a', [2, 1], /tab/i, /spaces/],
    ['a colon in text', 'shots:\n  - plot: She says: hello', [2, 11], /not valid YAML/, /colon|": "/],
    ['two documents', `${shot}---\n${shot}`, [2, 1], /second document/, /one script/],
    ['an unknown tag', 'shots: [{plot: !!js/function a}]', [1, 16], /tag/, /remove/],
    ['an alias to nothing', 'shots:\n- plot: *stars', [2, 9], /\*stars/, /quotes/],
    ['nothing', '', [1, 1], /empty/, /shots/],
    ['only a comment', '# to do\n', [1, 1], /empty/, /shots/],
    ['a list', '- a', [1, 1], /script must be a mapping.*a list/, /key: value/],
    [
      'an unknown key',
      `titel: x\n${shot}`,
      [1, 1],
      /unknown key "titel" in the script/,
      /did you mean "title"\?/,
    ],
    [
      'an unknown key of a shot',
      'shots:\n  - plot: a\n    elemnts: [b]',
      [3, 5],
      /"elemnts" in shot 1/,
      /"elements"/,
    ],
    [
      'an unknown key of a character',
      `characters:\n  mara: { face: a, descripton: b }\n${shot}`,
      [2, 20],
      /"descripton" in character mara/,
      /"description"/,
    ],
    [
      'a far-off key',
      `sound: loud\n${shot}`,
      [1, 1],
      /unknown key "sound"/,
      /remove it.*title, characters, shots, references/,
    ],
    [
      'a missing face',
      `characters:\n  mara: { description: b }\n${shot}`,
      [2, 9],
      /face is missing/,
      /face: portrait\.png/,
    ],
    ['a missing plot', 'shots:\n  - elements: [a]', [2, 5], /shot 1: plot is missing/, /plot: /],
    [
      'an undeclared character',
      `${hero}shots:\n  - plot: a\n    characters: { mra: glad }`,
      [4, 19],
      /"mra", whom the script does not declare/,
      /did you mean "mara"\?/,
    ],
    [
      'an undeclared name in a list',
      `${hero}shots:\n  - plot: a\n    characters: [mara, Igor]`,
      [4, 24],
      /"Igor"/,
      /add it below "characters:"/,
    ],
    [
      'a character twice',
      `${hero}shots: [{plot: a, characters: [mara, mara]}]`,
      [2, 38],
      /"mara" twice/,
      /remove/,
    ],
    [
      'six characters',
      `${cast}shots: [{plot: a, characters: [${six}]}]`,
      [2, 31],
      /shot 1 has 6 characters.*5/,
      /two shots/,
    ],
    [
      'six with expressions',
      `${cast}shots: [{plot: a, characters: {${six.map((c) => `${c}: sad`)}}}]`,
      [2, 31],
      /6 characters/,
      /two shots/,
    ],
    ['no shots', 'title: a\nshots: []', [2, 8], /no shots/, /at least one/],
    ['no key shots', 'title: a', [1, 1], /shots is missing/, /add shots/],
    ['seconds below 0', 'shots: [{plot: a, seconds: -1}]', [1, 28], /seconds is -1/, /seconds: 3/],
    ['no seconds', 'shots: [{plot: a, seconds: 0}]', [1, 28], /seconds is 0/, /seconds: 3/],
    ['endless seconds', 'shots: [{plot: a, seconds: .inf}]', [1, 28], /Infinity/, /finite/],
    ['seconds that are no number', 'shots: [{plot: a, seconds: .nan}]', [1, 28], /NaN/, /finite/],
    [
      'seconds as text',
      'shots: [{plot: a, seconds: "3"}]',
      [1, 28],
      /must be a number, got the text "3"/,
      /3/,
    ],
    [
      'too many seconds',
      'shots: [{plot: a, seconds: 3000}]',
      [1, 28],
      /3000, more than 120/,
      /several shots/,
    ],
    [
      'a number as plot',
      'shots:\n- plot: 12',
      [2, 9],
      /must be text or a list of texts, got the number 12/,
      /"12"/,
    ],
    [
      'a number in a list',
      'shots: [{plot: a, elements: [Night, 1999]}]',
      [1, 37],
      /elements 2 must be text/,
      /"1999"/,
    ],
    [
      'text for a list',
      'shots: [{plot: a, elements: Night}]',
      [1, 29],
      /must be a list, got the text "Night"/,
      /\[a, b\]/,
    ],
    ['an empty plot', 'shots: [{plot: " "}]', [1, 16], /plot is empty/, /write/],
    ['an empty list of plots', 'shots: [{plot: []}]', [1, 16], /plot is empty/, /write/],
    [
      'an endless text',
      `shots: [{plot: ${'a'.repeat(3000)}}]`,
      [1, 16],
      /3000 characters, more than 2000/,
      /shorten/,
    ],
    [
      'an empty key',
      'shots:\n  - plot: a\n    elements:\n',
      [3, 5],
      /elements must be a list, got nothing/,
      /remove the key/,
    ],
    [
      'too many sentences',
      `shots:\n  - plot: [${'a,'.repeat(16)}]`,
      [2, 5],
      /shot 1 has 16 sentences.*15/,
      /two shots/,
    ],
    [
      'eleven references',
      `${shot}references: [${'a,'.repeat(11)}]`,
      [2, 13],
      /11 items, more than 10/,
      /keep/,
    ],
    ['a key twice', 'shots:\n- plot: a\n  plot: b', [3, 3], /"plot" stands twice/, /remove/],
    ['a shot list twice', `${shot}${shot}`, [2, 1], /"shots" stands twice/, /remove/],
    [
      '__proto__',
      `__proto__: { seconds: 9 }\n${shot}`,
      [1, 1],
      /"__proto__" cannot be a key/,
      /another name/,
    ],
    [
      'a person named constructor',
      `characters: { constructor: {face: a, description: b} }\n${shot}`,
      [1, 15],
      /"constructor" cannot/,
      /another name/,
    ],
    [
      'a person named 7',
      `characters: { 7: {face: a, description: b} }\n${shot}`,
      [1, 15],
      /"7" cannot be the name/,
      /letter/,
    ],
    ['a key that is a list', `? [a]\n: b\n${shot}`, [1, 3], /plain word/, /key: value/],
    ['an alias cycle', 'shots: &a [*a]', [1, 12], /"\*a" stands for what it stands in/, /write the text out/],
  ];

  it.each(cases)('with %s', (_, text, [line, column], message, fix) => {
    const error = failure(text);
    expect(error.message.split('\n')[0]).toMatch(new RegExp(`^${file}:\\d+:\\d+: .+; .+`));
    const problem = error.problems.find((p) => message.test(p.message));
    expect(problem, error.message).toBeDefined();
    expect(problem!.fix).toMatch(fix);
    expect([problem!.line, problem!.column]).toEqual([line, column]);
  });

  it('names all its problems at once, in order', () => {
    const error = failure(`titel: x
characters:
  mara: { fase: m.png, description: A woman. }
shots:
  - plot: a
    seconds: -1
    characters: { mra: glad }
`);
    expect(error.problems.map(({ line }) => line)).toEqual([1, 3, 3, 6, 7]);
    expect([error.line, error.column, error.file]).toEqual([1, 1, file]);
    expect(error.message.split('\n')).toHaveLength(5);
  });

  it.each([
    [
      'an alias bomb',
      `a0: &a0 [x,x,x,x,x,x,x,x,x]\n${Array.from({ length: 9 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(9)}]\n`).join('')}${'shots: *a9'}`,
      /too much|alias/,
    ],
    ['many aliases', `a: &a x\nb: [${'*a,'.repeat(200_000)}]`, /unfold to more than 100000 values/],
    ['deep lists', '['.repeat(50_000), /deep|YAML/],
    ['deep mappings', '{a: '.repeat(50_000), /deep|YAML/],
    ['deep dashes', '- '.repeat(50_000), /deep|YAML/],
    ['very many keys', Array.from({ length: 20_000 }, (_, i) => `a${i}: 1`).join('\n'), /unknown key/],
    ['very many bad shots', `shots:\n${'- plt: a\n'.repeat(5000)}`, /unknown key "plt"/],
    [
      'very many strangers',
      `shots:\n${'- {plot: a, characters: [x, y]}\n'.repeat(5000)}`,
      /does not declare/,
    ],
  ])('with %s is refused', (_, text, message) => {
    const error = failure(text);
    expect(error.problems[0]!.message).toMatch(message);
    expect(error.message.length).toBeLessThan(20_000);
  });
});

it('measures slips of the finger', () => {
  expect(editDistance('kitten', 'sitting')).toBe(3);
  expect(editDistance('plto', 'plot')).toBe(1);
  expect(editDistance('', 'abc')).toBe(3);
  expect(nearest('charcters', ['characters', 'shots'])).toBe('characters');
  expect(nearest('Plot', ['plot'])).toBe('plot');
  expect(nearest('music', ['plot', 'seconds'])).toBeUndefined();
});

it('has a JSON Schema for editors that says the same', () => {
  const schema = JSON.parse(JSON.stringify(scriptJsonSchema()));
  expect(schema.required).toEqual(['shots']);
  expect(schema.additionalProperties).toBe(false);
  const shot = schema.properties.shots.items.properties;
  expect(Object.keys(shot)).toEqual([
    'id',
    'characters',
    'elements',
    'plot',
    'seconds',
    'keyframe',
    'scene',
    'dialogue',
    'narration',
    'notes',
  ]);
  expect(shot.seconds).toMatchObject({ exclusiveMinimum: 0, maximum: 120, default: 3 });
  expect(shot.characters.anyOf[1].maxItems).toBe(5);
});
