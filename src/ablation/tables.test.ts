import { describe, expect, it } from 'vitest';
import { collect, directions, type ExperimentResult, type Metric, onceOf } from './experiment.ts';
import { markdownOf } from './report.ts';
import { defaultSettings } from './settings.ts';
import { directionTable, figureTable, sampleText } from './tables.ts';

const metrics: readonly Metric[] = [
  { key: 'lt', name: 'LT (0 .. 1)', better: 'higher' },
  { key: 'l2', name: 'l2 (0 ..)', better: 'lower' },
  { key: 'f1', name: 'F1 (0 .. 1)', better: 'higher' },
];
const ours = new Map<string, Record<string, number[]>>();
for (const [lt, l2] of [
  [0.8, 0.5],
  [0.9, 0.3],
] as const) {
  collect(ours, 'with', { lt, l2, f1: undefined });
  collect(ours, 'without', { lt: lt - 0.2, l2, f1: undefined });
}
const rows = [
  { variant: 'with', ours: ours.get('with')!, paper: { lt: 0.814 } },
  { variant: 'without', ours: ours.get('without')!, paper: { lt: 0.755 } },
  { variant: 'truth', ours: onceOf({ lt: 1, f1: undefined }) },
];
const result: ExperimentResult = {
  ...{ name: 'figure-5', title: 'Figure 5', budget: 'minutes', notes: ['Pictures only.'] },
  ...{ metrics, rows, directions: directions(metrics, rows, 'with', 'without') },
};

describe('the tables of an experiment', () => {
  it('write a sample as mean and deviation', () => {
    expect(sampleText([0.8, 0.9])).toBe('0.850 ± 0.071');
    expect(sampleText([43.21])).toBe('43.2');
    expect(sampleText([0.5, 0.5])).toBe('0.500 ± 0.000');
    expect(sampleText([2e-5])).toBe('2.0e-5');
    expect(sampleText([])).toBe('');
  });

  it('have the paper beside ours, and no column that was not measured', () => {
    expect(figureTable(result)).toEqual([
      ['variant', 'LT (0 .. 1), ↑', 'paper', 'l2 (0 ..), ↓'],
      ['with', '0.850 ± 0.071', '0.814', '0.400 ± 0.141'],
      ['without', '0.650 ± 0.071', '0.755', '0.400 ± 0.141'],
      ['truth', '1.000', '', ''],
    ]);
  });

  it('judge each direction', () => {
    const [, lt, l2, ...others] = directionTable(result);
    expect(lt).toEqual(['with', 'without', 'LT', '+0.059', '+0.200', '0.071', '2 of 2', 'reproduced']);
    expect(l2).toEqual(['with', 'without', 'l2', '', '0.000', '0.141', '0 of 2', 'within the spread']);
    expect(others).toEqual([]);
    expect(() => directions(metrics, rows, 'with', 'nobody')).toThrow(
      /no variant 'nobody', only with, without/,
    );
  });
});

it('the report says with what it was made', () => {
  const text = markdownOf({
    ...{ format: 'moviedreamer-ablations-1', preset: 'theatre', models: { vae: 'f33f2f9a87aeb' } },
    ...{ encoders: [{ role: 'clip', name: 'theatre/clip', fingerprint: 'a0a70666d1f3ff' }] },
    ...{ settings: defaultSettings, faceThreshold: 0.5, only: ['figure-5'], rule: 'the rule' },
    experiments: [result],
  });
  expect(text).toContain(
    '`npx moviedreamer ablate --only figure-5 --seeds 3 --seed 0 --budget 1 --train-episodes 240 --few-episodes 24 ' +
      '--episodes 6 --shots 16 --people 100 --clips 8 --segments 4,8 --clip-steps 1,4`',
  );
  expect(text).toContain('from 3 seeds (0 to 2)');
  expect(text).toContain('| with | without | LT | +0.059 | +0.200 | 0.071 | 2 of 2 | reproduced |');
  expect(text).toContain('\nMinutes.\n');
  expect(text).toContain('measured with `theatre/clip` a0a70666d1f3; models `vae` f33f2f9a87ae.');
});
