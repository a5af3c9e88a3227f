import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as clipPreprocess from './clipPreprocess.ts';
import * as clipText from './clipText.ts';
import * as clipVision from './clipVision.ts';
import { passes } from './compare.ts';
import { findFixtures, fixtureModules } from './fixtures.ts';
import * as llama from './llama.ts';
import * as longclipOpenai from './longclipOpenai.ts';
import * as svdPreprocess from './svdPreprocess.ts';
import * as trainLlama from './trainLlama.ts';

const root = fileURLToPath(new URL('../fixtures', import.meta.url));
const modules: Readonly<Record<string, { run: typeof llama.run }>> = {
  clipPreprocess,
  clipText,
  clipVision,
  llama,
  longclipOpenai,
  svdPreprocess,
  trainLlama,
};

describe('parity with the reference values', () => {
  const cases = Object.entries(fixtureModules).filter(([, module]) => Object.hasOwn(modules, module));
  it.each(cases)('%s', async (name, module) => {
    const rows = (await modules[module]?.run(join(root, name))) ?? [];
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) expect(row, row.name).toSatisfy(passes);
  });
});

describe('a wrong model', () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'parity-'));
    await cp(join(root, 'llama_gqa'), join(dir, 'llama_gqa'), { recursive: true });
  });
  afterAll(() => rm(dir, { recursive: true }));

  it('fails', async () => {
    const path = join(dir, 'llama_gqa', 'config.json');
    const config = JSON.parse(await readFile(path, 'utf8')) as object;
    await writeFile(path, JSON.stringify({ ...config, rms_norm_eps: 1e-6 }));
    const rows = await llama.run(join(dir, 'llama_gqa'));
    expect(rows.filter((row) => !passes(row)).map((row) => row.name)).toContain('last_hidden_state');
  });

  it('is looked for by the names of folders, at some depth', async () => {
    const { found, missing, unknown } = await findFixtures(join(dir, '..', dir.split('/').at(-1) as string));
    expect(found.map((f) => f.name)).toEqual(['llama_gqa']);
    expect(missing).toHaveLength(Object.keys(fixtureModules).length - 1);
    expect(unknown).toEqual([]);
  });
});

describe('findFixtures', () => {
  it('finds all of them', async () => {
    const { found, missing, unknown } = await findFixtures(root);
    expect(found).toHaveLength(21);
    expect([...missing, ...unknown]).toEqual([]);
  });

  it('takes one fixture by its folder', async () => {
    const { found, missing } = await findFixtures(join(root, 'llama'));
    expect(found.map((f) => f.name)).toEqual(['llama']);
    expect(missing).toEqual([]);
  });
});
