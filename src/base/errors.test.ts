import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { CheckpointError } from '../checkpoints/index.ts';
import { ScriptError } from '../script/index.ts';
import { errorCodes, errorRecord, isExpectedError, MovieDreamerError } from './index.ts';

const src = fileURLToPath(new URL('..', import.meta.url));

/** All source files but tests. */
const sources = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts') && !path.includes('testing/'))
  .map((path) => ({ path, text: readFileSync(join(src, path), 'utf8') }));

/** The error classes of the source: name, kind and default code. */
const classes = sources.flatMap(({ text }) =>
  [
    ...text.matchAll(
      /class (\w+) extends MovieDreamerError \{\n {2}static override readonly kind: string = '(\w+)';\n {2}static override readonly code: ErrorCode = '(\w+)';/g,
    ),
  ].map(([, name = '', kind, code = '']) => ({ name, kind, code })),
);

class InnerError extends ScriptError {
  static override readonly kind: string = 'InnerError';
}

describe('errors', () => {
  it('all extend the one base class, under their own name', () => {
    const others = sources.flatMap(({ path, text }) =>
      [...text.matchAll(/class \w+ extends (\w*Error)\b/g)]
        .filter(([, base]) => base !== 'MovieDreamerError' && !classes.some(({ name }) => name === base))
        .map(([found]) => `${path}: ${found}`),
    );
    expect(others).toEqual([
      'base/errors.ts: class MovieDreamerError extends Error',
      // of this room only: `videoSource.ts` makes VideoErrors of them, which name the file
      'media/rawFrame.ts: class UnsupportedSamples extends Error',
      'media/videoBackend.ts: class FrameSizeError extends Error',
    ]);
    expect(classes.length).toBeGreaterThanOrEqual(16);
    for (const { name, kind, code } of classes)
      expect({ name, kind, code, of: errorCodes[code as keyof typeof errorCodes]?.error }).toEqual({
        name,
        kind: name,
        code,
        of: name,
      });
  });

  it('have codes that docs/errors.md lists, each with its class and meaning', () => {
    const page = readFileSync(join(src, '../docs/errors.md'), 'utf8');
    const rows = [...page.matchAll(/^\| `([A-Z_]+)` \| `(\w+)` \| (\w+) \| (.*) \|$/gm)].map(
      ([, code, error, about, means]) => ({ code, error, about, means }),
    );
    expect(rows).toEqual(
      Object.entries(errorCodes)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([code, entry]) => ({ code, ...entry })),
    );
  });

  it('carry name, code, hint and cause', () => {
    const cause = new Error('why');
    const error = new ScriptError('a.yaml', [{ line: 2, column: 3, message: 'm', fix: 'f' }], {
      cause,
      hint: 'look here',
    });
    expect(error).toMatchObject({ name: 'ScriptError', code: 'SCRIPT_INVALID', hint: 'look here', cause });
    expect(errorRecord(error)).toEqual({
      name: 'ScriptError',
      code: 'SCRIPT_INVALID',
      message: 'a.yaml:2:3: m; f',
      hint: 'look here',
    });
    expect(errorRecord(new TypeError('t'))).toEqual({ name: 'TypeError', message: 't' });
    expect(errorRecord('text')).toEqual({ name: 'Error', message: 'text' });
  });

  it('are told apart across copies of the package', async () => {
    vi.resetModules();
    const other = await import('../script/index.ts');
    expect(other.ScriptError).not.toBe(ScriptError);
    const error = new other.ScriptError('a.yaml', []);
    expect(error).not.toBeInstanceOf(MovieDreamerError);
    expect(MovieDreamerError.isInstance(error)).toBe(true);
    expect(ScriptError.isInstance(error)).toBe(true);
    expect(CheckpointError.isInstance(error)).toBe(false);
    expect(isExpectedError(error)).toBe(true);
    expect(ScriptError.isInstance(new InnerError('a.yaml', []))).toBe(true);
    expect(InnerError.isInstance(error)).toBe(false);
  });

  it.each([undefined, null, 'text', 3, new Error('x'), { name: 'ScriptError', code: 'SCRIPT_INVALID' }])(
    'are not %s',
    (value) => {
      expect(MovieDreamerError.isInstance(value)).toBe(false);
      expect(isExpectedError(value)).toBe(false);
    },
  );

  it('of the program are no mistakes of its user', async () => {
    const { GraphError } = await import('../graph/index.ts');
    expect(isExpectedError(new GraphError('axis'))).toBe(false);
  });
});
