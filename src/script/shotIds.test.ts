import { describe, expect, it } from 'vitest';
import { parseScript, ScriptError, shotFileName, withShotIds } from './index.ts';
import { newShotId } from './shotIds.ts';

const parse = (text: string) => parseScript(text, { file: 'film.yaml' });

describe('ids of shots', () => {
  it('are read, numbers as well', () => {
    const { shots } = parse(
      'shots: [{ id: pier, plot: a }, { id: 7, plot: b }, { plot: c }, { id: 2a, plot: d }]',
    );
    expect(shots.map(({ id }) => id)).toEqual(['pier', '7', undefined, '2a']);
    // composed and decomposed letters are one name
    expect(parse('shots: [{ id: "Cafe\u0301", plot: a }]').shots[0]?.id).toBe('Caf\u00e9');
  });

  it.each([
    ['shots: [{ id: a/b, plot: a }]', /shot 1: id must be a short name, got the text "a\/b"; use at most 64/],
    ['shots: [{ id: ../x, plot: a }]', /must be a short name/],
    ['shots: [{ id: con, plot: a }]', /must be a short name/],
    ['shots: [{ id: 1.5, plot: a }]', /must be a short name, got the number 1.5/],
    ['shots: [{ id: [a], plot: a }]', /must be a short name, got a list/],
    [
      'shots: [{ id: pier, plot: a }, { id: pier, plot: b }]',
      /shot 2 has the id "pier" of shot 1; give each/,
    ],
    ['shots: [{ id: Pier, plot: a }, { id: pier, plot: b }]', /shot 2 has the id "pier" of shot 1/],
    ['shots: [{ id: 1, plot: a }, { id: "0001", plot: b }]', /shot 2 has the id "0001" of shot 1/],
    ['shots: [{ ids: 1, plot: a }]', /unknown key "ids" in shot 1; did you mean "id"/],
  ])('%s is refused', (text, message) => {
    expect(() => parse(text)).toThrow(ScriptError);
    expect(() => parse(text)).toThrow(message);
  });

  it('name files that sort as numbers do', () => {
    expect(['1', '12', '2a', '0007', '12345', 'pier'].map(shotFileName)).toEqual([
      ...['0001', '0012', '0002a', '0007', '12345', 'pier'],
    ]);
    const inserted = ['0002', '0002a', '0002b', '0003', '0010'].map((name) => `${name}.png`);
    expect([...inserted].sort()).toEqual(inserted);
  });

  it('of new shots are free', () => {
    const taken =
      (...ids: string[]) =>
      (id: string): boolean =>
        ids.includes(id);
    expect(newShotId(undefined, true, taken())).toBe('1');
    expect(newShotId('3', true, taken('1', '2', '3'))).toBe('4');
    expect(newShotId('3', true, taken('4', '5'))).toBe('6');
    expect(newShotId('2', false, taken('1', '2', '3'))).toBe('2a');
    expect(newShotId('2', false, taken('2a'))).toBe('2b');
    expect(newShotId('2a', false, taken('2a'))).toBe('2b');
    expect(newShotId(undefined, false, taken('1'))).toBe('0a');
    expect(newShotId('pier', false, taken('1'))).toBe('2');
    const many = new Set<string>();
    for (let i = 0; i < 60; i++) many.add(newShotId('2', false, (id) => many.has(id)));
    expect([...many].slice(24, 29)).toEqual(['2y', '2z', '2za', '2zb', '2zc']);
  });
});

describe('the version of a script', () => {
  it('may be given', () => {
    expect(parse('version: 1\nshots: [{ plot: a }]').shots).toHaveLength(1);
  });

  it('of a later program is an error that says so', () => {
    expect(() => parse('title: x\nversion: 2\nfilm: [{ plot: a }]')).toThrow(
      /film\.yaml:2:\d+.* the script is of version 2; this MovieDreamer reads version 1; update MovieDreamer/,
    );
    expect(() => parse('version: 0\nshots: [{ plot: a }]')).toThrow(/version must be 1, got the number 0/);
    expect(() => parse('version: one\nshots: [{ plot: a }]')).toThrow(
      /version must be 1, got the text "one"/,
    );
  });
});

describe('withShotIds', () => {
  it('writes ids and leaves everything else as it is', () => {
    const text = `# a film
title: "x" # its title
shots:
  # the first
  - plot: a   # why
    seconds: 2
  - { plot: b } # short
  -
    # inner
    plot: 'c'

  - id: own
    plot: d
`;
    expect(withShotIds(text, ['1', 'pier', '2a', 'own'])).toBe(`# a film
title: "x" # its title
shots:
  # the first
  - id: 1
    plot: a   # why
    seconds: 2
  - { id: pier, plot: b } # short
  -
    # inner
    id: '2a'
    plot: 'c'

  - id: own
    plot: d
`);
  });

  it('keeps JSON, and line ends of Windows', () => {
    expect(JSON.parse(withShotIds('{"shots": [{"plot": "a"}, {"plot": "b"}]}', ['1', '2a']))).toEqual({
      shots: [
        { id: '1', plot: 'a' },
        { id: '2a', plot: 'b' },
      ],
    });
    expect(withShotIds('shots:\r\n  - plot: a\r\n', ['1'])).toBe('shots:\r\n  - id: 1\r\n    plot: a\r\n');
  });

  it('writes ids that YAML reads back as they are', () => {
    const ids = ['1', '0x1', '1e3', 'no', 'true', 'null', 'Über', '2a'];
    const text = withShotIds(`shots:\n${ids.map(() => '  - plot: a\n').join('')}`, ids);
    expect(parse(text).shots.map(({ id }) => id)).toEqual(ids);
  });

  it('refuses shots that are one text', () => {
    expect(() => withShotIds('shots:\n  - &a { plot: a }\n  - *a\n', ['1', '2'])).toThrow(
      /shot 2 is an alias \(\*a\); write it out/,
    );
  });
});
