import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { spawnCli } from '../src/cli/testing/spawnCli.ts';
import { Random } from '../src/random/index.ts';
import { type TinyStage, writeTinyTheatre } from '../src/training/testing/tinyTheatre.ts';

/*
 * npx tsx bench/killTrain.ts [--kills 10] [--stages vae,animator] [--seed 1]
 * One `train` run of a tiny preset for each stage, killed with SIGKILL at random moments and started again every time,
 * beside a run that is left alone: metrics.jsonl, the checkpoint and the saved weights must have the same bytes.
 * Prints a table for docs/log.md; exit status 1 where anything differs.
 */
const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '10' },
    stages: { type: 'string', default: 'vae,animator' },
    seed: { type: 'string', default: '1' },
  },
});
const stages = values.stages.split(',') as TinyStage[];
const random = Random.of(Number(values.seed), 'kills');
const settings = { steps: 200, checkpointEvery: 10, sampleEvery: 50 };
const folder = await mkdtemp(join(tmpdir(), 'kill-train-'));
const weights: Readonly<Record<TinyStage, string>> = {
  vae: 'vae/diffusion_pytorch_model.safetensors',
  animator: 'animator/diffusion_pytorch_model.safetensors',
};

interface Attempt {
  /** Steps that were seen, first and last. */
  readonly from: number | undefined;
  readonly to: number | undefined;
  readonly milliseconds: number;
  readonly isDone: boolean;
}

/** When a process is killed: some milliseconds after it has said so many steps. */
interface Kill {
  readonly steps: number;
  readonly milliseconds: number;
}

/** Trains in folder `name`, to the end or until it is killed. */
async function attempt(stage: TinyStage, name: string, kill?: Kill): Promise<Attempt> {
  let from: number | undefined;
  let to: number | undefined;
  let left = kill?.steps;
  const place = join(folder, name);
  const models = [
    '--preset',
    tiny.preset,
    '--weights',
    join(place, 'weights'),
    '--seed',
    '7',
    '--threads',
    '1',
  ];
  const folders = ['--out', join(place, 'runs'), '--cache', join(folder, 'cache')];
  const started = performance.now();
  const killSoon = (): unknown => setTimeout(() => child.kill('SIGKILL'), kill?.milliseconds);
  const { child, ended } = spawnCli(['train', stage, ...models, ...folders, '--json'], (line) => {
    const event = JSON.parse(line) as { type: string; step: number };
    if (event.type !== 'step') return;
    from ??= event.step;
    to = event.step;
    if (left !== undefined && --left === 0) killSoon();
  });
  if (left === 0) killSoon();
  const { code, signal, err } = await ended;
  if (code !== 0 && signal !== 'SIGKILL') throw new Error(`train ${stage} ended with ${code}: ${err}`);
  return { from, to, milliseconds: performance.now() - started, isDone: code === 0 };
}

/** Every fifth while it starts, the others within some step, soon enough for all of them to find the run unfinished. */
function randomKill(k: number, kills: number): Kill {
  if (k % 5 === 0) return { steps: 0, milliseconds: random.uniform(0, 3000) };
  return { steps: 1 + random.int((1.5 * settings.steps) / kills), milliseconds: random.uniform(0, 60) };
}

async function results(stage: TinyStage, name: string): Promise<Buffer[]> {
  const files = [
    `runs/${stage}/metrics.jsonl`,
    `runs/${stage}/checkpoint.safetensors`,
    `weights/${weights[stage]}`,
  ];
  return Promise.all(files.map((file) => readFile(join(folder, name, file))));
}

const tiny = await writeTinyTheatre(folder, { vae: settings, animator: settings });
let failed = 0;
let left = Number(values.kills);
try {
  for (const [i, stage] of stages.entries()) {
    const [whole, killed] = [`${stage} whole`, `${stage} killed`];
    for (const name of [whole, killed])
      await cp(tiny.weights, join(folder, name, 'weights'), { recursive: true });
    await attempt(stage, whole); // draws what is drawn once
    await rm(join(folder, whole), { recursive: true });
    await cp(tiny.weights, join(folder, whole, 'weights'), { recursive: true });
    const { milliseconds } = await attempt(stage, whole);
    console.log(
      `\n| train ${stage}, whole run ${(milliseconds / 1000).toFixed(1)} s | killed after | steps done in it |`,
    );
    console.log('|---|---|---|');
    const kills = Math.ceil(left / (stages.length - i));
    left -= kills;
    for (let k = 1; ; k++) {
      const done = await attempt(stage, killed, k <= kills ? randomKill(k, kills) : undefined);
      const steps = done.from === undefined ? 'none' : `${done.from} to ${done.to}`;
      if (k > kills || done.isDone) {
        console.log(`| started again | ran to its end | ${steps} |`);
        break;
      }
      console.log(`| kill ${k} | ${(done.milliseconds / 1000).toFixed(2)} s | ${steps} |`);
    }
    const [expected, found] = [await results(stage, whole), await results(stage, killed)];
    const same = expected.every((bytes, j) => bytes.equals(found[j] as Buffer));
    if (!same) failed++;
    const lines = expected[0]?.toString().trim().split('\n').length;
    console.log(
      `\nmetrics.jsonl (${lines} lines), checkpoint and weights: ${same ? 'the same bytes' : 'DIFFERENT'}`,
    );
  }
} finally {
  await rm(folder, { recursive: true });
}
process.exitCode = failed > 0 ? 1 : 0;
