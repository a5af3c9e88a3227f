import { readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const src = fileURLToPath(new URL('..', import.meta.url));

/** All source files that a file loads, directly or through others, by static or dynamic import. */
function reached(entry: string, seen = new Set<string>()): Set<string> {
  const file = resolve(src, entry);
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const [, path] of readFileSync(file, 'utf8').matchAll(
    /(?:\bfrom|\bimport\(|^import)\s*'(\.[^']+\.ts)'/gm,
  )) {
    reached(resolve(dirname(file), path as string), seen);
  }
  return seen;
}

const roomsOf = (entry: string): Set<string> =>
  new Set([...reached(entry)].map((file) => relative(src, file).split('/')[0] as string));

describe('the way from a script to a film', () => {
  it.each(['index.ts', 'cli/generate.ts', 'cli/check.ts', 'cli/evaluate.ts', 'film/index.ts'])(
    '%s knows no drawing code and no training',
    (entry) => {
      const rooms = roomsOf(entry);
      expect([...rooms]).toEqual(
        expect.arrayContaining([
          'film',
          'inference',
          'presets',
          'models',
          'runtime',
          'script',
          'media',
          'diffusion',
        ]),
      );
      for (const room of ['theatre', 'training', 'autodiff']) expect(rooms).not.toContain(room);
    },
  );

  it.each(['cli/generate.ts', 'film/index.ts'])('%s does not know how films are measured', (entry) => {
    expect(roomsOf(entry)).not.toContain('evaluation');
  });

  it('would be seen if it did', () => {
    expect(roomsOf('cli/theatre.ts')).toContain('theatre');
    expect(roomsOf('cli/train.ts')).toContain('training');
    expect(roomsOf('cli/evaluate.ts')).toContain('evaluation');
  });
});
