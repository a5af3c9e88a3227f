import { Stage } from './stage.ts';
import { generateEpisode } from './story.ts';

const stage = await Stage.create();
let n = 0;
const run = async (a: number, b: number) => {
  const t = performance.now(),
    c0 = process.cpuUsage();
  n = 0;
  for (let e = a; e < b; e++) {
    const ep = generateEpisode(3, e, 'train', { shots: 24 });
    for (let i = 0; i < 24; i++) {
      await stage.drawKeyframe(ep, i);
      n++;
    }
  }
  console.log(
    'keyframes',
    a,
    b,
    n,
    ((performance.now() - t) / n).toFixed(2),
    'ms each; cpu',
    (process.cpuUsage(c0).user / 1000 / n).toFixed(2),
    'rss',
    (process.memoryUsage().rss / 1e6).toFixed(0),
  );
};
for (let k = 0; k < 12; k++) await run(k * 15, k * 15 + 15);
const ep = generateEpisode(3, 1, 'train', { shots: 24 });
const t = performance.now(),
  c1 = process.cpuUsage();
n = 0;
for (let i = 0; i < 24; i++) for await (const _f of stage.drawClip(ep, i, 24)) n++;
console.log(
  'clip cpu',
  (process.cpuUsage(c1).user / 1000 / n).toFixed(2),
  ((performance.now() - t) / n).toFixed(2),
);
