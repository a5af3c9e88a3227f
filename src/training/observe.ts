import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { lineChart, writePng } from '../media/index.ts';
import type { ModelSource } from '../presets/index.ts';
import type { MetricsLog } from './metricsLog.ts';
import type { TrainingTask } from './task.ts';

/** What a person looks at while a run goes on: curves, sheets of samples, figures on held-out data. */
export class Observer {
  private readonly task: TrainingTask;
  private readonly folder: string;
  private readonly log: MetricsLog;
  private readonly source: (prefix: string) => ModelSource;

  constructor(task: TrainingTask, folder: string, log: MetricsLog, source: (prefix: string) => ModelSource) {
    this.task = task;
    this.folder = folder;
    this.log = log;
    this.source = source;
  }

  /** Whether samples are due after `step` steps. */
  isDue(step: number): boolean {
    const { steps, sampleEvery } = this.task.settings;
    return step > 0 && (step % sampleEvery === 0 || step === steps);
  }

  /** Samples and figures after `step` steps, those that are not there yet; returns the new figures. */
  async look(step: number): Promise<Readonly<Record<string, number>> | undefined> {
    const { task, source, log } = this;
    const sheet = join(this.folder, 'samples', `${String(step).padStart(7, '0')}.png`);
    if (task.sample && !(await exists(sheet))) await writePng(sheet, await task.sample(source));
    if (!task.validate || log.validations.some((v) => v.step === step)) return undefined;
    const figures = await task.validate(source);
    await log.append({ step, ...figures });
    return figures;
  }

  /** loss.png, and validation.png where there are figures. */
  async draw(): Promise<void> {
    const { name } = this.task;
    const { records, validations } = this.log;
    const points = records.map((r) => [r.step, r.loss] as const);
    const path = (file: string): string => join(this.folder, file);
    await lineChart([{ name: 'loss', points }], path('loss.png'), {
      title: name,
      xLabel: 'step',
      smoothing: 0.02,
    });
    const keys = Object.keys(validations[0] ?? {}).filter((key) => key !== 'step');
    if (keys.length === 0) return;
    const series = keys.map((key) => ({
      name: key,
      points: validations.map((v) => [v.step, v[key] ?? Number.NaN] as const),
    }));
    await lineChart(series, path('validation.png'), { title: `${name}, held out`, xLabel: 'step' });
  }
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
