import { describe, expect, it } from 'vitest';
import { characterOf } from './index.ts';
import { plainName } from './names.ts';
import { parseScript } from './parse.ts';

/** A script that declares a person under one spelling and casts it under another. */
const script = (declared: string, cast: string): string =>
  `characters:\n  ${JSON.stringify(declared)}: { face: a.png, description: A man. }\nshots:\n` +
  `  - { characters: { ${JSON.stringify(cast)}: calm }, plot: He waits. }\n` +
  `  - { characters: [${JSON.stringify(cast)}], plot: He waits. }\n`;

const cast = (text: string): string[] =>
  parseScript(text, { file: 'a.yaml' }).shots.flatMap((shot) => shot.characters.map(({ id }) => id));

describe('names that look alike', () => {
  it.each([
    ['Jos\u00e9', 'Jose\u0301', 'José'],
    ['\u1112\u1161\u11ab', '한', '한'],
    ["O'Brien", 'O\u2019Brien', "O'Brien"],
    ['O\u02bcBrien', 'O\u2018Brien', "O'Brien"],
    ['Anne\u2011Marie', 'Anne-Marie', 'Anne-Marie'],
    ['Anne\u2013Marie', 'Anne\u2212Marie', 'Anne-Marie'],
    ['Old\u00a0Tom', 'Old Tom', 'Old Tom'],
    ['Old\u202fTom', ' Old  Tom ', 'Old Tom'],
    ['\u200fدانا', 'دانا\u200e', 'دانا'],
    ['Ma\u00adra', '\ufeffMara', 'Mara'],
  ])('%j and %j are one person', (declared, named, id) => {
    expect(cast(script(declared, named))).toEqual([id, id]);
    expect(cast(script(named, declared))).toEqual([id, id]);
    const parsed = parseScript(script(declared, named), { file: 'a.yaml' });
    expect(characterOf(parsed, named).id).toBe(id);
  });

  it('stay apart where they are other names', () => {
    expect(plainName('Mara')).not.toBe(plainName('mara'));
    expect(() => cast(script('Jose', 'José'))).toThrow(
      /"José", whom the script does not declare; did you mean "Jose"/,
    );
  });

  it('cannot be declared twice, and problems still point at their place', () => {
    const twice = script('O’Brien', 'O’Brien').replace(
      'shots:',
      '  "O\'Brien": { face: b.png, description: B. }\nshots:',
    );
    expect(() => cast(twice)).toThrow(/a.yaml:3:3: the key "O'Brien" stands twice/);
    expect(() => cast(script('O’Brien', 'O’Brien').replace('calm', '[1]'))).toThrow(
      /a\.yaml:4:.*O'Brien must be text/,
    );
  });
});

describe('aliases', () => {
  const parse = (text: string): unknown => parseScript(text, { file: 'a.yaml' });

  it('serve a film of 1000 shots', () => {
    const shots = Array.from(
      { length: 1000 },
      (_, i) => `  - { characters: ${i ? '*both' : '&both { a: calm, b: sad }'}, plot: They wait. }`,
    );
    const people = 'a: { face: a.png, description: A. }, b: { face: b.png, description: B. }';
    const text = `characters: { ${people} }\nshots:\n${shots.join('\n')}\n`;
    expect(cast(text)).toHaveLength(2000);
  });

  it('of 99, 100 and 101 shots are all the same', () => {
    for (const count of [99, 100, 101]) {
      const shots = Array.from({ length: count + 1 }, (_, i) =>
        i ? '  - plot: *p' : '  - plot: &p Rain falls.',
      );
      expect(parseScript(`shots:\n${shots.join('\n')}\n`, { file: 'a.yaml' }).shots).toHaveLength(count + 1);
    }
  });

  it.each([
    [
      'a bomb',
      `a: &a [x, x]\n${[1, 2, 3, 4, 5, 6].map((n) => `${'bcdefg'[n - 1]}: &${'bcdefg'[n - 1]} [${`*${'abcdef'[n - 1]}, `.repeat(9)}]`).join('\n')}`,
      /a.yaml:6:.*unfold to more than 100000 values; write the texts out/,
    ],
    [
      'one that stands in itself',
      'shots: &a\n  - plot: *a',
      /a.yaml:2:11: "\*a" stands for what it stands in/,
    ],
    ['one of nothing', 'shots:\n  - plot: *a', /"\*a" refers to nothing above it/],
    [
      'merge keys',
      'shots:\n  - &a { plot: Rain. }\n  - { <<: *a, seconds: 2 }',
      /a.yaml:3:7: "<<" merges mappings in YAML 1.1 only; scripts are YAML 1.2; write its keys out, or name a whole mapping/,
    ],
    [
      'a merge key among people',
      'characters:\n  <<: { a: 1 }\nshots: [{ plot: Rain. }]',
      /a.yaml:2:3: "<<" merges/,
    ],
  ])('%s', (_, text, message) => {
    expect(() => parse(text)).toThrow(message);
  });
});
