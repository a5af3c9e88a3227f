import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Cost, watch } from './watch.ts';

/** A folder with a build of the project, and one for what it makes. */
export interface Build {
  readonly folder: string;
  readonly scratch: string;
}

/** One figure of a build; the smaller the better. */
export interface Figure {
  readonly name: string;
  readonly unit: 's' | 'ms' | 'GB';
  readonly value: number;
}

export type Measure = (build: Build, options: MeasureOptions) => Promise<Figure[]>;

export interface MeasureOptions {
  readonly threads: number;
  /** Training steps that are counted, after as many that are not. */
  readonly steps: number;
}

const cli = (build: Build): string => join(build.folder, 'dist/cli/main.js');

const times = (name: string, { wall, processor }: Pick<Cost, 'wall' | 'processor'>): Figure[] => [
  { name, unit: 's', value: wall },
  { name: `${name}, processor time`, unit: 's', value: processor },
];

/** `npm run demo` in two parts: to the keyframes, and from there to the film. Each build has its own weights and script. */
async function demo(build: Build, { threads }: MeasureOptions): Promise<Figure[]> {
  const out = join(build.scratch, 'demo');
  await rm(out, { recursive: true, force: true });
  const script = join(build.folder, 'examples/lighthouse/script.yaml');
  const args = [cli(build), 'generate', script, '--out', out, '--seed', '7', '--threads', String(threads)];
  const keyframes = await watch({ args: [...args, '--stage', 'keyframes'], cwd: build.folder });
  const clips = await watch({ args, cwd: build.folder });
  const whole = {
    wall: keyframes.wall + clips.wall,
    processor: keyframes.processor + clips.processor,
  };
  const peak = Math.max(keyframes.peak, clips.peak) / 1e9;
  return [
    ...times('demo: tokens and keyframes', keyframes),
    ...times('demo: clips and film', clips),
    ...times('demo, whole', whole),
    { name: 'generate: peak memory', unit: 'GB', value: peak },
  ];
}

/** Few enough frames that drawing and encoding them takes a minute. */
const data = {
  width: 448,
  height: 256,
  train: { seed: 1, episodes: 2, shots: [8, 8] },
  validation: { seed: 2, episodes: 1, shots: [4, 4] },
};

/** A step of a stage with `settings` of the preset's own file put over it. */
function training(stage: string, label: string, settings: Readonly<Record<string, unknown>>): Measure {
  return async (build, { threads, steps }) => {
    const preset = join(build.scratch, 'preset');
    const weights = join(build.scratch, 'weights');
    await rm(preset, { recursive: true, force: true });
    await cp(join(build.folder, 'presets/theatre'), preset, { recursive: true });
    // old builds write where they read
    await rm(weights, { recursive: true, force: true });
    await cp(join(build.folder, 'weights/theatre'), weights, { recursive: true });
    const file = join(preset, 'training', `${stage}.json`);
    const own = (await import(file, { with: { type: 'json' } })) as { default: Record<string, unknown> };
    await mkdir(join(preset, 'training'), { recursive: true });
    await writeFile(join(preset, 'training/data.json'), JSON.stringify(data));
    const few = { samples: 0, sampleEvery: 10_000, checkpointEvery: 10_000, ...settings };
    await writeFile(file, JSON.stringify({ ...own.default, ...few }));
    const out = join(build.scratch, 'runs');
    await rm(out, { recursive: true, force: true });
    const args = [
      ...[cli(build), 'train', stage, '--json', '--preset', preset, '--weights', weights, '--from', weights],
      ...['--out', out, '--cache', join(build.scratch, 'cache'), '--steps', String(2 * steps + 1)],
      ...['--threads', String(threads)],
    ];
    const at = new Map<number, Cost>();
    await watch({ args, cwd: build.folder }, (line, cost) => {
      const event = JSON.parse(line) as { type: string; step?: number };
      if (event.type === 'step' && event.step !== undefined) at.set(event.step, cost);
    });
    const [from, to] = [at.get(steps), at.get(2 * steps)];
    if (!from || !to)
      throw new Error(`train ${stage} in ${build.folder} told no steps ${steps} and ${2 * steps}`);
    const perStep = (key: 'wall' | 'processor'): number => (1000 * (to[key] - from[key])) / steps;
    return [
      { name: `${label}, a step`, unit: 'ms', value: perStep('wall') },
      { name: `${label}, a step, processor time`, unit: 'ms', value: perStep('processor') },
    ];
  };
}

/** From the autoregressor's tokens only, or not at all: making them is no part of a step. */
const renderer = { generatedTokens: 0, batchSize: 16 };

export const measures: Readonly<Record<string, Measure>> = {
  demo,
  draft: training('renderer', 'train renderer: draft', { ...renderer, draftSteps: 10_000, draftBatch: 16 }),
  renderer: training('renderer', 'train renderer: U-Net', { ...renderer, draftSteps: 0 }),
  animator: training('animator', 'train animator', { clips: 8, heldClips: 2 }),
};
