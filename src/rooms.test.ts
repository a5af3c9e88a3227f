import { describe, expect, it } from 'vitest';
import { circles, type RoomTable, readRoomTable, readSources, violations } from './testing/rooms.ts';

describe('the rooms of src', () => {
  const sources = readSources();
  const table = readRoomTable();

  it('import as rooms.json says, downwards only, and pure rooms are pure', () => {
    expect(sources.size).toBeGreaterThan(300);
    expect(violations(table, sources)).toEqual([]);
  });

  it('hold no circles', () => {
    expect(circles(sources)).toEqual([]);
  });
});

describe('the check', () => {
  const table: RoomTable = {
    low: { pure: true, imports: [] },
    high: { imports: ['low'] },
  };
  const check = (files: Record<string, string>): string[] =>
    violations(table, new Map(Object.entries(files)));

  it('finds an import upwards', () => {
    expect(check({ 'low/a.ts': "import { b } from '../high/index.ts';", 'high/index.ts': '' })).toEqual([
      "low/a.ts imports high/index.ts: rooms.json does not let 'low' import 'high'",
    ]);
  });

  it('finds an import past the door', () => {
    expect(check({ 'high/a.ts': "import { b } from '../low/b.ts';", 'low/b.ts': '' })).toEqual([
      "high/a.ts imports low/b.ts: from outside of 'low' import its index.ts",
    ]);
  });

  it('finds a dynamic import, and a room that the table does not have', () => {
    expect(check({ 'high/a.ts': "await import('../other/index.ts')", 'other/index.ts': '' })).toEqual([
      "high/a.ts imports other/index.ts: rooms.json has no room 'other'",
      "other/index.ts: rooms.json has no room 'other'",
    ]);
  });

  it('finds what a browser does not have', () => {
    expect(
      check({
        'low/a.ts': "import { readFileSync } from 'node:fs'; // Buffer.from in a comment\nBuffer.from('')",
      }),
    ).toEqual([
      "low/a.ts uses 'node:fs': 'low' is pure, it must run in a browser",
      "low/a.ts uses Buffer: 'low' is pure, it must run in a browser",
    ]);
  });

  it('finds a table that lists a room upwards', () => {
    expect(violations({ low: { imports: ['high'] }, high: { imports: [] } }, new Map())).toEqual([
      "rooms.json: 'low' lists 'high', which does not stand above it",
    ]);
  });

  it('finds circles, over types too', () => {
    const files = {
      'a/x.ts': "import type { Y } from './y.ts';",
      'a/y.ts': "export { z } from './z.ts';",
      'a/z.ts': "import { x } from './x.ts';",
      'a/w.ts': "import { x } from './x.ts';",
    };
    expect(circles(new Map(Object.entries(files)))).toEqual([['a/x.ts', 'a/y.ts', 'a/z.ts']]);
  });
});
