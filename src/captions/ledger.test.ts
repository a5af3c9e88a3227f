import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Ledger } from './ledger.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'moviedreamer-ledger-'));
});
afterAll(() => rm(folder, { recursive: true }));

const prices = { input: 1, output: 10 };
const million = { input: 1e6, output: 0 };

it('counts what was used, and what was under way when a process ended', async () => {
  const path = join(folder, 'a.jsonl');
  const first = await Ledger.open(path, { prices, budget: undefined });
  const one = await first.begin('frame', 'k1', million);
  expect(first.spent).toBe(1);
  await first.end(one, 'frame', { input: 2e6, output: 1e5 }, 1.5);
  expect(first.spent).toBe(3);
  await first.begin('frame', 'k2', million); // and never ends
  await first.close();
  await appendFile(path, '{"begun":"9 k'); // a line that a killed process did not finish
  const second = await Ledger.open(path, { prices, budget: undefined });
  expect(second.spent).toBe(4);
  expect(second.measured('frame')).toEqual({ input: 2e6, output: 1e5, seconds: 1.5, calls: 1 });
  expect(second.measured('scene')).toBeUndefined();
  await second.begin('scene', 'k3', million);
  await second.close();
  const third = await Ledger.open(path, { prices, budget: undefined });
  expect(third.spent).toBe(5);
  await third.close();
});

it('refuses what could cost more than the budget, before it is sent', async () => {
  const ledger = await Ledger.open(join(folder, 'b.jsonl'), { prices, budget: 2.5 });
  await ledger.begin('frame', 'k1', million);
  await ledger.begin('frame', 'k2', million);
  await expect(ledger.begin('scene', 'k3', million)).rejects.toMatchObject({
    code: 'BUDGET_REACHED',
    message:
      'the next request (scene) is expected to cost 1, and 2 of the budget of 2.5 are spent; what was finished is kept: give a ' +
      'larger --budget and the same command goes on',
  });
  await ledger.close();
  const dear = await Ledger.open(join(folder, 'c.jsonl'), { prices, budget: 2.5 });
  const one = await dear.begin('frame', 'k1', million);
  await dear.again(one, 'frame', million);
  expect(dear.spent).toBe(2);
  await expect(dear.again(one, 'frame', million)).rejects.toMatchObject({ code: 'BUDGET_REACHED' });
  await dear.close();
});

it('counts what was used before prices were given', async () => {
  const path = join(folder, 'd.jsonl');
  const free = await Ledger.open(path, { prices: undefined, budget: undefined });
  await free.end(await free.begin('frame', 'k1', million), 'frame', million, 1);
  expect(free.spent).toBe(0);
  await free.close();
  const priced = await Ledger.open(path, { prices, budget: undefined });
  expect(priced.spent).toBe(1);
  await priced.close();
});
