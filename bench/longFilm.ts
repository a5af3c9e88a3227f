import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { MovieDreamer, readScript } from '../src/film/index.ts';
import { newImage, writePng } from '../src/media/index.ts';
import { Random } from '../src/random/index.ts';
import { writeTinyPreset } from '../src/testing/tinyPreset.ts';

/*
 * npx tsx bench/longFilm.ts [--shots 500] [--preset theatre] [--weights DIR]
 * Makes the tokens of one long film and prints, for every hundred shots, the time a shot and the memory in use. Without
 * --preset it uses the tests' tiny one, which shows the shape of the curve, not its height.
 */
const { values } = parseArgs({
  options: {
    shots: { type: 'string', default: '500' },
    preset: { type: 'string' },
    weights: { type: 'string' },
  },
});
const folder = await mkdtemp(join(tmpdir(), 'moviedreamer-'));
const tiny = values.preset ? undefined : await writeTinyPreset(folder);
const weights = values.weights ?? tiny?.weights;
const dreamer = await MovieDreamer.load(
  values.preset ?? (tiny?.preset as string),
  weights ? { weights } : {},
);
await writePng(join(folder, 'mara.png'), newImage(64, 64, [200, 150, 120]));
await writePng(join(folder, 'tom.png'), newImage(64, 64, [120, 150, 200]));
await writeFile(join(folder, 'script.yaml'), longScript(Number(values.shots)));
const script = await readScript(join(folder, 'script.yaml'));

const times: number[] = [];
let last = performance.now();
for await (const event of dreamer.dream(script, { out: join(folder, 'out'), stage: 'tokens', seed: 1 })) {
  const now = performance.now();
  if (event.type === 'tokens') times.push(now - last);
  last = now;
  if (times.length % 100 !== 0 || event.type !== 'tokens') continue;
  const part = times.slice(-100);
  const mean = part.reduce((a, b) => a + b, 0) / part.length;
  const rss = process.memoryUsage().rss / 2 ** 20;
  console.log(
    `shots ${times.length - 99} to ${times.length}: ${mean.toFixed(2)} ms a shot, ${rss.toFixed(0)} MB`,
  );
}
const mean = (from: number, to: number): number =>
  times.slice(from, to).reduce((a, b) => a + b, 0) / (to - from);
if (times.length >= 300) {
  const ratio = mean(times.length - 100, times.length) / mean(100, 200);
  console.log(`the last hundred take ${ratio.toFixed(2)} of the time of shots 101 to 200`);
}
await dreamer.close();
await rm(folder, { recursive: true });

/** Shots of changing people, places and lengths. */
function longScript(shots: number): string {
  const random = Random.of(1, 'long film');
  const moods = ['smiling', 'sad', 'surprised', 'angry', 'sleepy'];
  const places = [
    'Snowy forest',
    'A street in the rain',
    'A small kitchen',
    'The bridge of a ship',
    'A quiet beach',
  ];
  const lines = Array.from({ length: shots }, (_, i) => {
    const cast = ['mara', 'tom'].filter(() => random.chance(0.7)).map((id) => `${id}: ${random.pick(moods)}`);
    const elements = [random.pick(places), random.pick(['Day', 'Night'])].join(', ');
    return `  - { characters: { ${cast.join(', ')} }, elements: [${elements}], plot: Shot ${i} goes on with the story. }`;
  });
  return `title: A long film
characters:
  mara: { face: mara.png, description: A woman with long red hair and a blue hoodie. }
  tom: { face: tom.png, description: A bald man with a grey beard. }
shots:
${lines.join('\n')}
`;
}
