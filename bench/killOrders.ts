import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Random } from '../src/random/index.ts';
import buildOnce from '../src/testing/buildOnce.ts';
import { clipWorkflow, keyframeWorkflow, startFakeComfy } from '../src/testing/fakeComfy.ts';
import { startFakeOpenAi } from '../src/testing/fakeOpenAi.ts';
import { writeMockModels } from '../src/testing/mockAiSdk.ts';
import { spawnCli } from '../src/testing/spawnCli.ts';
import { tinyFilm } from '../src/testing/tinyFilm.ts';

/*
 * npx tsx bench/killOrders.ts [--kills 10] [--seed 1]
 * Makes a film by a fake ComfyUI, one by a fake OpenAI-shaped server and one by AI SDK mock models, each killed with
 * SIGKILL so many times at random moments and gone on with by the same command. Prints for each the kills, the orders that
 * the servers took, how many of them were for the same thing, and whether the film is complete; exit status 1 where something
 * was ordered twice or is missing. Moments are drawn from the time of a whole run: after a kill as much time follows again,
 * so that late steps are met, too.
 */
interface Kind {
  readonly name: string;
  /** A file of models. */
  readonly models: string;
  /** What was ordered so far, once for every order. */
  ordered(): Promise<readonly string[]>;
}

const { values } = parseArgs({
  options: { kills: { type: 'string', default: '10' }, seed: { type: 'string', default: '1' } },
});
const kills = Number(values.kills);
const removeBuild = buildOnce();
const film = await tinyFilm();
const [comfy, openai] = [await startFakeComfy(), await startFakeOpenAi()];
await writeFile(join(film.folder, 'k.json'), JSON.stringify(keyframeWorkflow));
await writeFile(join(film.folder, 'c.json'), JSON.stringify(clipWorkflow));
await writeMockModels(film.folder);
const common = 'poll: 0.1, parallel: 2';
const openAi = `openai: "${openai.url}/v1", idempotency: true, ${common}`;
const mock = `module: ./models.mjs, idempotency: true, ${common}`;
const kinds: Kind[] = [
  {
    name: 'comfyui',
    models: `keyframes: { comfyui: "${comfy.url}", workflow: k.json, ${common}, bind: { prompt: 6.text, references: [10.image, 11.image] } }
clips: { comfyui: "${comfy.url}", workflow: c.json, ${common}, bind: { prompt: 6.text, keyframe: 10.image, frames: 7.length } }`,
    ordered: async () => comfy.ordered,
  },
  {
    name: 'openai',
    models: `keyframes: { ${openAi}, model: pictures, references: 2 }\nclips: { ${openAi}, model: films }`,
    ordered: async () => openai.ordered,
  },
  {
    name: 'ai-sdk',
    models: `keyframes: { ${mock}, export: pictures, references: 2 }\nclips: { ${mock}, export: films }`,
    ordered: async () =>
      (await readFile(join(film.folder, 'orders.txt'), 'utf8').catch(() => '')).split('\n').filter(Boolean),
  },
];
/** Orders of one film: three keyframes and three clips. */
const EACH = 6;
/** Milliseconds after the first 300 within which a process is killed: longer than one needs for half a film. */
const LONGEST = 2500;
let failed = 0;
console.log('models    kills  films  orders  twice  complete  killed after (ms)');
for (const { name, models, ordered } of kinds) {
  const random = Random.of(Number(values.seed), name);
  await writeFile(join(film.folder, `${name}.yaml`), models);
  const args = (seed: number): string[] => [
    ...['generate', film.script, '--out', join(film.folder, `${name}-${seed}`), '--seed', `${seed}`],
    ...['--models', join(film.folder, `${name}.yaml`), ...film.models],
  ];
  const moments: number[] = [];
  let films = 1;
  let failure = '';
  while (moments.length < kills && failure === '') {
    const { child, ended } = spawnCli(args(films));
    const after = 300 + random.int(LONGEST);
    const timer = setTimeout(() => child.kill('SIGKILL'), after);
    const { code, signal, err } = await ended;
    clearTimeout(timer);
    if (signal === 'SIGKILL') moments.push(after);
    else if (code === 0) films++;
    else failure = err;
  }
  const { code, err } = await spawnCli(args(films)).ended;
  if (code !== 0) failure ||= err;
  const orders = await ordered();
  const twice = orders.length - new Set(orders).size;
  const complete = failure === '' && orders.length - twice === EACH * films;
  const row = [
    name.padEnd(8),
    ...[moments.length, films, orders.length, twice].map((n) => `${n}`.padStart(6)),
  ];
  console.log(`${row.join(' ')}  ${complete ? 'yes' : 'no'}  ${moments.join(' ')}  ${failure}`);
  if (twice > 0 || !complete || moments.length < kills) failed++;
}
await Promise.all([comfy.close(), openai.close(), film.remove()]);
removeBuild();
process.exitCode = failed > 0 ? 1 : 0;
