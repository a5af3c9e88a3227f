import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Figure } from './measures.ts';
import { besideTable, median } from './table.ts';
import { watch } from './watch.ts';

const inNode = (source: string) => ({ args: ['-e', source], cwd: process.cwd() });

describe('watch', () => {
  it.skipIf(!existsSync('/proc/self/stat'))(
    'tells processor time and memory, in all and line by line',
    async () => {
      const source = `
      const held = Buffer.alloc(2e8, 1);
      console.log('begun');
      const until = process.cpuUsage().user + 4e5;
      while (process.cpuUsage().user < until);
      console.log(held.length);
      setTimeout(() => {}, 200);`;
      const lines: [string, number][] = [];
      const cost = await watch(inNode(source), (line, { processor }) => lines.push([line, processor]));
      expect(lines.map(([line]) => line)).toEqual(['begun', '200000000']);
      const [begun, ended] = lines.map(([, processor]) => processor) as [number, number];
      expect(ended - begun).toBeGreaterThan(0.3);
      expect(cost.processor).toBeGreaterThanOrEqual(ended);
      expect(cost.peak).toBeGreaterThan(2e8);
      expect(cost.peak).toBeLessThan(6e8);
    },
  );

  it('says what a program said that failed', async () => {
    const source = `console.log('so far'); console.error('no such film'); process.exitCode = 3;`;
    await expect(watch(inNode(source))).rejects.toThrow(/ended with 3:\n[\s\S]*no such film/);
  });
});

describe('besideTable', () => {
  const round = (value: number, memory: number): Figure[] => [
    { name: 'demo', unit: 's', value },
    { name: 'memory', unit: 'GB', value: memory },
  ];

  it('has medians of both and the ratio of the second to the first', () => {
    const a = [round(10, 0.5), round(30, 0.5), round(20, 0.5)];
    const b = [round(5, 0.6), round(4, 0.6), round(90, 0.6)];
    expect(besideTable({ a, b })).toEqual([
      'what    unit      A      B  B over A',
      'demo    s      20.0   5.00      0.25',
      'memory  GB    0.500  0.600      1.20',
    ]);
  });

  it('takes the mean of the two middle values of an even number', () => {
    expect(median([4, 1, 3, 100])).toBe(3.5);
  });
});
