import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cachedJson, fromText, keyOf, toText } from './cache.ts';

describe('the benchmark’s cache', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'moviedreamer-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('makes things once, and again where the file is damaged', async () => {
    const path = join(folder, 'a/b.json');
    let made = 0;
    const get = () => cachedJson(path, async () => ({ made: ++made }));
    expect([await get(), await get()]).toEqual([{ made: 1 }, { made: 1 }]);
    await writeFile(path, '{"made":');
    expect(await get()).toEqual({ made: 2 });
  });

  it('keeps floats to the bit, and knows settings apart', () => {
    const values = Float32Array.of(1 / 3, -0, 1e-40);
    expect(fromText(toText(values.subarray(1)))).toEqual(values.slice(1));
    expect(keyOf({ a: 1 })).toBe(keyOf({ a: 1 }));
    expect(keyOf({ a: 1 })).not.toBe(keyOf({ a: 2 }));
  });
});
