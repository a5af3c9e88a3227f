import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Random } from '../src/random/index.ts';
import buildOnce from '../src/testing/buildOnce.ts';
import { spawnCli } from '../src/testing/spawnCli.ts';
import { filesOf, type TinyFilm, tinyFilm } from '../src/testing/tinyFilm.ts';

/*
 * npx tsx bench/killTest.ts [--generate 20] [--train 10] [--seed 1]
 * Kills `generate` and `train` with SIGKILL at random moments, gives the same command again, and compares every file
 * (generate) or the loss curve and weights (train) with those of a run that was not killed. Prints a table for
 * docs/log.md; exit status 1 where one differs. Everything runs with the tests' tiny preset.
 */
interface Kind {
  readonly name: string;
  readonly count: number;
  /** The command for an output folder. */
  args(out: string): string[];
  /** What has to be the same, by name. */
  results(out: string): Promise<Record<string, string>>;
}

interface Row {
  readonly name: string;
  readonly number: number;
  readonly killedAfter: number;
  readonly found: string;
  readonly same: boolean;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      generate: { type: 'string', default: '20' },
      train: { type: 'string', default: '10' },
      seed: { type: 'string', default: '1' },
    },
  });
  const film = await tinyFilm();
  const cache = join(film.folder, 'cache');
  const kinds: Kind[] = [
    {
      name: 'generate',
      count: Number(values.generate),
      args: (out) => ['generate', film.script, '--out', out, '--seed', '7', ...film.models],
      results: filesOf,
    },
    {
      name: 'train vae',
      count: Number(values.train),
      args: (out) => [
        'train',
        'vae',
        '--out',
        out,
        '--cache',
        cache,
        '--seed',
        '7',
        ...modelsInto(film, out),
      ],
      results: async (out) => ({
        'metrics.jsonl': await readFile(join(out, 'vae/metrics.jsonl'), 'utf8'),
        ...(await filesOf(join(out, 'weights'))),
      }),
    },
  ];
  const rows: Row[] = [];
  for (const kind of kinds)
    rows.push(...(await killed(kind, film, Random.of(Number(values.seed), kind.name))));
  await film.remove();
  const failed = rows.filter((row) => !row.same).length;
  console.log(`\n${rows.length - failed} of ${rows.length} runs ended as if they had not been killed`);
  process.exitCode = failed > 0 ? 1 : 0;
}

async function killed(kind: Kind, film: TinyFilm, random: Random): Promise<Row[]> {
  if (kind.count === 0) return [];
  const whole = join(film.folder, `${kind.name} whole`);
  await run(kind.args(whole)); // what all runs share, such as drawn frames, is made here
  await rm(whole, { recursive: true });
  const length = await run(kind.args(whole));
  const expected = await kind.results(whole);
  console.log(
    `\n| ${kind.name}, whole run ${(length / 1000).toFixed(1)} s | killed after | found then | resumed |`,
  );
  console.log('|---|---|---|---|');
  const rows: Row[] = [];
  for (let number = 1; number <= kind.count; number++) {
    const out = join(film.folder, `${kind.name} ${number}`);
    await mkdir(out);
    const killedAfter = random.uniform(0, length);
    await run(kind.args(out), killedAfter);
    const found = Object.keys(await filesOf(out));
    await run(kind.args(out));
    const same = JSON.stringify(await kind.results(out)) === JSON.stringify(expected);
    rows.push({ name: kind.name, number, killedAfter, found: `${found.length} files`, same });
    console.log(
      `| ${number} | ${(killedAfter / 1000).toFixed(2)} s | ${found.length} files | ${same ? 'same' : 'DIFFERENT'} |`,
    );
    await rm(out, { recursive: true });
  }
  return rows;
}

/**
 * Runs a command to its end, or kills it some milliseconds after its first event: loading the program takes long, and
 * nothing happens then. Returns the time from that event to the end. A command that fails is an error.
 */
async function run(args: string[], killAfter?: number): Promise<number> {
  let started = Number.NaN;
  let timer: NodeJS.Timeout | undefined;
  const { child, ended } = spawnCli([...args, '--json'], () => {
    if (!Number.isNaN(started)) return;
    started = performance.now();
    if (killAfter !== undefined) timer = setTimeout(() => child.kill('SIGKILL'), killAfter);
  });
  const { code, signal, err } = await ended;
  clearTimeout(timer);
  if (code !== 0 && signal !== 'SIGKILL') throw new Error(`${args.join(' ')} ended with ${code}: ${err}`);
  return performance.now() - started;
}

/** The tiny preset, with finished weights going into the run's own folder. */
function modelsInto(film: TinyFilm, out: string): string[] {
  const models = [...film.models];
  models[models.indexOf('--weights') + 1] = join(out, 'weights');
  return models;
}

const removeBuild = buildOnce();
await main().finally(removeBuild);
