import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cachedJson, cachedJsonWithEvents, readCachedJson } from './index.ts';

describe('cached results', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'moviedreamer-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('are made once, and again where the file is damaged, of another format or without one', async () => {
    const path = join(folder, 'a/b.json');
    let made = 0;
    const get = (format = 'numbers-1') => cachedJson(path, format, async () => ({ made: ++made }));
    expect([await get(), await get()]).toEqual([{ made: 1 }, { made: 1 }]);
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({ format: 'numbers-1', value: { made: 1 } });
    await writeFile(path, '{"made":');
    expect(await get()).toEqual({ made: 2 });
    expect(await get('numbers-2')).toEqual({ made: 3 });
    for (const other of ['{"made":1}', 'null', '[]', '7']) {
      await writeFile(path, other);
      expect(await readCachedJson(path, 'numbers-1'), other).toBeUndefined();
    }
  });

  it('tell what happens only while they are made', async () => {
    const path = join(folder, 'events.json');
    const all = async (): Promise<unknown[]> => {
      const events: unknown[] = [];
      const making = cachedJsonWithEvents(path, 'events-1', async function* () {
        yield 'half';
        return 5;
      });
      for (let next = await making.next(); ; next = await making.next()) {
        events.push(next.value);
        if (next.done) return events;
      }
    };
    expect(await all()).toEqual(['half', 5]);
    expect(await all()).toEqual([5]);
  });
});
