import { expect, it } from 'vitest';
import { withoutVersion } from './version.ts';

it('reads files of version 1 and those without one, and says what is wrong with others', () => {
  expect(withoutVersion({ version: 1, steps: 3 }, 'x')).toEqual({ steps: 3 });
  expect(withoutVersion({ steps: 3 }, 'x')).toEqual({ steps: 3 });
  expect(() => withoutVersion({ version: 2 }, "preset 'p', memory.json")).toThrow(
    "preset 'p', memory.json is of version 2; this MovieDreamer reads version 1: update MovieDreamer, or take a preset",
  );
  expect(() => withoutVersion({ version: 'one' }, 'x')).toThrow(
    /of version "one".*write "version": 1, or leave it out/,
  );
});
