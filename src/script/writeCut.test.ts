import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseScript, ScriptError, withCut } from './index.ts';

const text = `# a film
title: Night # at sea
shots:
  - { id: pier, plot: A pier., seconds: 2 } # first
  - id: 2
    plot: The sea.
# the end
`;
const parsed = (script: string) => parseScript(script, { file: '/x/script.yaml' });
const cut = [{ shot: '2', from: 0.5, to: 1.25 }, { shot: 'pier' }, { shot: '2' }];

describe('a cut in a script', () => {
  it('is put in, replaced and taken out again, and everything else stays', () => {
    const once = withCut(text, { cut });
    expect(once).toBe(`${text.replace('# the end\n', '')}${once.slice(text.length - '# the end\n'.length)}`);
    expect(once).toContain('cut:\n  - { shot: 2, from: 0.5, to: 1.25 }\n  - pier\n  - 2\n');
    expect(once).toContain('# the end');
    expect(parsed(once).cut).toEqual(cut);
    const other = withCut(once, { cut: [{ shot: 'pier' }] });
    expect(parsed(other).cut).toEqual([{ shot: 'pier' }]);
    expect(withCut(other, { cut: undefined })).toBe(text);
    expect(withCut(text, { cut: undefined })).toBe(text);
  });

  it('stands in JSON, in files without a last line break, and before other keys', () => {
    const json = '{ "shots": [ { "id": "a", "plot": "A." } ] }\n';
    const with1 = withCut(json, { cut: [{ shot: 'a', from: 1 }] });
    expect(with1).toBe('{ "shots": [ { "id": "a", "plot": "A." } ], "cut": [{"shot":"a","from":1}] }\n');
    expect(withCut(with1, { cut: undefined })).toBe(json);
    const bare = 'shots:\r\n  - id: a\r\n    plot: A.';
    expect(withCut(bare, { cut: [{ shot: 'a' }] })).toBe(`${bare}\r\ncut:\r\n  - a\r\n`);
    const first = 'cut: [a]\nshots:\n  - { id: a, plot: A. }\n';
    expect(withCut(first, { cut: [{ shot: 'a', to: 1 }] })).toBe(
      'cut:\n  - { shot: a, to: 1 }\nshots:\n  - { id: a, plot: A. }\n',
    );
    expect(withCut(first, { cut: undefined })).toBe('shots:\n  - { id: a, plot: A. }\n');
  });

  it('changes lengths of shots', () => {
    const longer = withCut(text, {
      cut: undefined,
      seconds: new Map([
        [0, 2.5],
        [1, 4],
      ]),
    });
    expect(parsed(longer).shots.map(({ seconds }) => seconds)).toEqual([2.5, 4]);
    expect(longer).toContain('seconds: 2.5 } # first');
  });

  it('survives any cut', () => {
    const seconds = fc.integer({ min: 1, max: 40 }).map((n) => n / 40);
    const piece = fc.record(
      { shot: fc.constantFrom('pier', '2'), from: seconds, to: seconds.map((s) => s + 1) },
      { requiredKeys: ['shot'] },
    );
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1 }), fc.array(piece, { minLength: 1 }), (a, b) => {
        expect(parsed(withCut(withCut(text, { cut: a }), { cut: b })).cut).toEqual(b);
      }),
    );
  });

  it.each([
    ['- 3', /names the shot "3", which has no such id; use one of pier, 2/],
    ['- peer', /names the shot "peer", which has no such id; did you mean "pier"\?/],
    ['- { shot: pier, from: 1, to: 1 }', /goes from 1 to 1 s; its shot has 2 s/],
    ['- { shot: pier, to: 3 }', /goes from 0 to 3 s; its shot has 2 s/],
    ['- { shot: pier, form: 1 }', /cut 1 must be the id of a shot, or \{ shot, from, to \}, got a mapping/],
    ['- [pier]', /cut 1 must be the id of a shot/],
  ])('refuses %s', (item, message) => {
    expect(() => parsed(`${text}cut:\n  ${item}\n`)).toThrow(ScriptError);
    expect(() => parsed(`${text}cut:\n  ${item}\n`)).toThrow(message);
    expect(() => parsed(`${text}cut:\n  ${item}\n`)).toThrow(/script\.yaml:9:/);
  });

  it('asks for ids where there are none', () => {
    expect(() => parsed('shots:\n  - plot: A.\ncut: [1]\n')).toThrow(/--write-ids/);
  });
});
