import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { readComment } from './comment.ts';
import { type EntryPoint, extractApi } from './extract.ts';
import { writeReference } from './markdown.ts';
import { listUndocumented } from './undocumented.ts';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');

/** Types of the protocol between a host and its worker, which `SessionHost.call` names and users do not need. */
const internal = ['CallName', 'Calls'];

describe('the API reference', () => {
  let entries: readonly EntryPoint[];
  beforeAll(() => {
    entries = extractApi();
  }, 300_000);

  it('is as the sources say: npm run docs:api writes it', () => {
    const files = writeReference(entries);
    expect(readdirSync(new URL('../../docs/api', import.meta.url)).sort()).toEqual([...files.keys()].sort());
    for (const [name, text] of files) expect(read(`../../docs/api/${name}`), name).toBe(text);
  });

  it('describes every public name and member', () => {
    expect(listUndocumented(entries)).toEqual([]);
  });

  it('exports every type that a public signature names', () => {
    const names = entries.flatMap(({ module, forgotten }) => forgotten.map((name) => `${module}: ${name}`));
    expect(names.filter((name) => !internal.includes(name.replace(/^.*: /, '')))).toEqual([]);
  });
});

it('takes a comment apart by its tags', () => {
  const source =
    '/**\n * Reads it,\n * twice. Mail to a@b.\n *\n * @throws\n *\n * {X} when it is\n * missing.\n */\n';
  expect(readComment(source)).toEqual({
    summary: 'Reads it,\ntwice. Mail to a@b.',
    blocks: [{ tag: 'throws', text: '{X} when it is\nmissing.' }],
  });
});

it('finds names and members without a comment', () => {
  const members = [
    { kind: 'Constructor', parameters: [] },
    { kind: 'Property', name: 'name' },
    { kind: 'Property', name: 'code' },
    { kind: 'Property', name: 'path' },
  ];
  const items = [
    { kind: 'Function', name: 'plain' },
    { kind: 'Function', name: 'plain', overloadIndex: 2 },
    { kind: 'Class', name: 'OneError', docComment: '/** One. */', members },
  ];
  const entry = { module: 'm', file: 'm', items, forgotten: [] };
  expect(listUndocumented([entry])).toEqual(['m: OneError.path', 'm: plain']);
});
