import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Evaluator, readFilm } from '../src/evaluation/index.ts';
import { MovieDreamer, readScript } from '../src/film/index.ts';
import { ModelLoader } from '../src/inference/index.ts';
import { type Image, readImage, writePng } from '../src/media/index.ts';
import { Preset } from '../src/presets/index.ts';
import { WorkerHost } from '../src/runtime/index.ts';
import { type Split, writeEpisodes } from '../src/theatre/index.ts';

/*
 * npx tsx bench/takes.ts [SCRIPT…] [--episodes 4] [--shots 32] [--takes 3] [--seed 0] [--threads 2]
 * What making failing keyframes again gives: LT of films with one take and with several, what the true frames have after the VAE
 * (of episodes only), the share of what is missing to that which takes close, and the processor time of the keyframes and their
 * checks, with several takes over one. Both films of a script are made one after the other, which first changes from script to
 * script.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    episodes: { type: 'string', default: '4' },
    shots: { type: 'string', default: '32' },
    takes: { type: 'string', default: '3' },
    seed: { type: 'string', default: '0' },
    threads: { type: 'string', default: '2' },
  },
});
const [episodes, shots, most] = [Number(values.episodes), Number(values.shots), Number(values.takes)];
const [seed, threads] = [Number(values.seed), Number(values.threads)];
const split: Split = 'test';

interface Film {
  readonly script: string;
  readonly seed: number;
  /** Folder of an episode with its true frames. */
  readonly truth?: string;
}

interface Figures {
  readonly lt: number;
  /** Processor seconds of keyframes, takes and checks, and of all up to there: tokens, too. */
  readonly seconds: number;
  readonly all: number;
}

const scratch = await mkdtemp(join(tmpdir(), 'moviedreamer-takes-'));
try {
  const films = positionals.length > 0 ? positionals.map(ofScript) : await drawn();
  await using dreamer = await MovieDreamer.load('theatre', { threads });
  const evaluator = await Evaluator.load({ threads });
  const rows: { one: Figures; several: Figures; ceiling: number | undefined }[] = [];
  for (const [i, film] of films.entries()) {
    const order = i % 2 === 0 ? [1, most] : [most, 1];
    const figures = new Map<number, Figures>();
    for (const takes of order) figures.set(takes, await make(dreamer, evaluator, film, takes, i));
    const [one, several] = [figures.get(1) as Figures, figures.get(most) as Figures];
    const ceiling = film.truth === undefined ? undefined : await throughVae(evaluator, film, i);
    rows.push({ one, several, ceiling });
    console.error(`${film.script}: LT ${one.lt.toFixed(3)} to ${several.lt.toFixed(3)}`);
  }
  await evaluator.close();
  const mean = (of: (row: (typeof rows)[number]) => number): number =>
    rows.reduce((sum, row) => sum + of(row), 0) / rows.length;
  const [one, several] = [mean((row) => row.one.lt), mean((row) => row.several.lt)];
  console.log(
    `${rows.length} films, seed ${seed}: LT with 1 take ${one.toFixed(3)}, with up to ${most} ${several.toFixed(3)}`,
  );
  if (rows.every(({ ceiling }) => ceiling !== undefined)) {
    const ceiling = mean((row) => row.ceiling as number);
    const share = (several - one) / (ceiling - one);
    console.log(
      `true frames through the VAE ${ceiling.toFixed(3)}: ${(100 * share).toFixed(0)} % of the gap closed`,
    );
  }
  const ratio = (of: (figures: Figures) => number): string =>
    (mean(({ several }) => of(several)) / mean(({ one }) => of(one))).toFixed(2);
  console.log(
    `processor time, over that with 1 take: keyframes and checks ${ratio(({ seconds }) => seconds)}, with tokens ${ratio(({ all }) => all)}`,
  );
} finally {
  await rm(scratch, { recursive: true, force: true });
}

function ofScript(script: string): Film {
  return { script: resolve(script), seed };
}

async function drawn(): Promise<Film[]> {
  const out = join(scratch, 'episodes');
  await writeEpisodes({ out, episodes, seed, split, shots });
  return Array.from({ length: episodes }, (_, i) => {
    const folder = join(out, String(i).padStart(4, '0'));
    return { script: join(folder, 'script.yaml'), seed: seed + i, truth: folder };
  });
}

async function make(
  dreamer: MovieDreamer,
  evaluator: Evaluator,
  film: Film,
  takes: number,
  index: number,
): Promise<Figures> {
  const out = join(scratch, `${index}-${takes}`);
  const script = await readScript(film.script);
  const start = process.cpuUsage();
  let begun: NodeJS.CpuUsage | undefined;
  let [seconds, all] = [0, 0];
  const since = (usage: NodeJS.CpuUsage | undefined): number => {
    const { user, system } = process.cpuUsage(usage);
    return (user + system) / 1e6;
  };
  for await (const event of dreamer.dream(script, { out, seed: film.seed, stage: 'keyframes', takes })) {
    if (event.type === 'stage' && event.stage === 'keyframes') begun = process.cpuUsage();
    if (event.type === 'storyboard') [seconds, all] = [since(begun), since(start)];
  }
  return { lt: await ltOf(evaluator, { run: out }), seconds, all };
}

/** LT of the true frames, encoded and decoded. */
async function throughVae(evaluator: Evaluator, { script, truth }: Film, index: number): Promise<number> {
  const frames = join(scratch, `vae-${index}`);
  await mkdir(frames);
  const host = await WorkerHost.start({ threads });
  const codec = await new ModelLoader(await Preset.open('theatre'), host).imageCodec();
  for (let shot = 1; shot <= shots; shot++) {
    const name = `${String(shot).padStart(4, '0')}.png`;
    const image = await readImage(join(truth as string, 'keyframes', name));
    const { width, height } = codec.encodedSize(image);
    const [decoded] = await codec.paint(await codec.encodeImages([image]), 1, width, height);
    await writePng(join(frames, name), decoded as Image);
  }
  await codec.release();
  await host.close();
  return ltOf(evaluator, { frames, script });
}

async function ltOf(evaluator: Evaluator, source: Parameters<typeof readFilm>[0]): Promise<number> {
  const film = await readFilm(source);
  for await (const event of evaluator.evaluate(film, { out: join(scratch, 'evaluation') }))
    if (event.type === 'evaluation') {
      const lt = event.evaluation.metrics.find(({ key }) => key === 'lt')?.value;
      if (typeof lt === 'number') return lt;
    }
  throw new Error('the evaluation has no LT');
}
