import { stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { freeBytes, sizeText } from '../files/index.ts';
import { sizeOf } from '../graph/index.ts';
import { hasWeights } from '../presets/index.ts';
import type { DataPlan } from './data/dataPlan.ts';
import { modelsSaved, type StageName } from './stages/index.ts';
import { type PlannedTask, TrainingError } from './task.ts';

/** A stage's run: its folder, and its networks where they are known before its data. */
export interface PlannedRun {
  readonly folder: string;
  readonly task: PlannedTask | undefined;
}

/** Most bytes that a run's checkpoints take: a new one is written beside the old one before it takes its place. */
export function checkpointBytes({ parameters, settings }: PlannedTask): number {
  const values = parameters.reduce((n, p) => n + sizeOf(p.shape), 0);
  return 2 * 4 * values * (settings.emaDecay > 0 ? 4 : 3);
}

/** Throws `TrainingError` where all stages together have too little room for their data. */
export async function checkDiskOfAll(plans: readonly DataPlan[]): Promise<void> {
  const missing = plans.reduce((n, plan) => n + plan.missing, 0);
  const [first] = plans;
  if (!first || missing <= first.free) return;
  throw new TrainingError(
    `the stages need about ${sizeText(missing)} more for their data in ${first.folder}, where ${sizeText(first.free)} are free: ` +
      'free some space, give a folder on another disk with --cache, or take fewer episodes (training/data.json)',
  );
}

/** Throws `TrainingError` where the disks have too little room for what a stage will write, before anything is drawn. */
export async function checkDisk(stage: string, data: DataPlan, { folder, task }: PlannedRun): Promise<void> {
  const there = (await stat(join(folder, 'checkpoint.safetensors')).catch(() => undefined))?.size ?? 0;
  const run = task ? Math.max(0, checkpointBytes(task) - there) : 0;
  const isOneDisk = (await diskOf(folder)) === (await diskOf(data.folder));
  const needs = isOneDisk
    ? [{ place: data.folder, bytes: data.missing + run }]
    : [
        { place: data.folder, bytes: data.missing },
        { place: folder, bytes: run },
      ];
  for (const { place, bytes } of needs) {
    const free = await freeBytes(place);
    if (bytes <= free) continue;
    throw new TrainingError(
      `${stage}: needs about ${sizeText(bytes)} more on the disk of ${place} (data ${sizeText(data.missing)}, checkpoints ` +
        `${sizeText(run)}), where ${sizeText(free)} are free: free some space, give folders on another disk with --cache and ` +
        '--out, or take fewer episodes (training/data.json)',
    );
  }
}

/** The device of a folder, or of the nearest one above it that is there. */
async function diskOf(folder: string): Promise<number> {
  const place = resolve(folder);
  const found = await stat(place).catch(() => undefined);
  return found ? found.dev : diskOf(dirname(place));
}

/** Fails now rather than after the stages before where a stage has nothing to start from. */
export async function checkFrom(from: string, chosen: readonly StageName[]): Promise<void> {
  for (const stage of chosen) {
    const models = modelsSaved[stage];
    const there = await Promise.all(models.map((model) => hasWeights(join(from, model))));
    if (there.some(Boolean)) continue;
    throw new TrainingError(
      `${stage}: --from ${from}: no such models there: ${models.join(', ')}, each in a folder of its name. Leave --from out to ` +
        'begin afresh, or train only the stages whose models are there',
    );
  }
}
