import {
  type ClipSettings,
  generationConfig,
  type Models,
  type RenderSettings,
} from '../../inference/index.ts';
import type { ModelName } from '../../presets/index.ts';
import type { Script } from '../../script/index.ts';
import type { RunFolder } from './runFolder.ts';
import type { RunSettings } from './state.ts';

/** What the stages of one run share. */
export interface Run {
  readonly script: Script;
  readonly folder: RunFolder;
  readonly models: Models;
  /** Indices (from 0) of the shots to work on, or undefined for all. */
  readonly only: ReadonlySet<number> | undefined;
  readonly previews: boolean;
  readonly signal: AbortSignal | undefined;
}

/** Indices of the shots that a run works on. */
export function shotsOf({ script, only }: Run): number[] {
  return [...script.shots.keys()].filter((index) => !only || only.has(index));
}

/** Fingerprints of some models, for keys. */
export async function fingerprints(run: Run, names: readonly ModelName[]): Promise<Record<string, string>> {
  const result: Record<string, string> = {};
  for (const name of names) {
    if (!(await run.models.preset.has(name))) continue;
    const fingerprint = await run.models.fingerprint(name);
    result[name] = fingerprint;
    run.folder.state.weights[name] = fingerprint;
  }
  return result;
}

/** What was asked for a shot (from 0): for the run, then for the shot alone. */
function askedFor({ folder }: Run, shot: number): RunSettings {
  return { ...folder.state.settings, ...folder.state.shots[shot]?.settings };
}

/** How a shot's keyframe is sampled: the preset's settings, changed as asked. */
export async function renderSettings(run: Run, shot: number): Promise<RenderSettings> {
  const { steps, guidance, sampler } = askedFor(run, shot);
  return {
    ...(await generationConfig(run.models.preset, 'renderer')),
    ...given({ steps, guidance, sampler }),
  };
}

/** How a shot's clip is sampled. */
export async function clipSettings(run: Run, shot: number): Promise<ClipSettings> {
  const { clipSteps: steps, anchor } = askedFor(run, shot);
  return { ...(await generationConfig(run.models.preset, 'animator')), ...given({ steps, anchor }) };
}

/** The entries that are not undefined. */
export function given<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, v]) => v !== undefined)) as never;
}
