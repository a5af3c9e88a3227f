import { faces } from './expressions.ts';
import { generateEpisode, Stage } from './index.ts';
import { Backdrops } from './scene/backdrop.ts';
import { Wardrobe } from './wardrobe.ts';

const stage = await Stage.create();
const by: Record<string, number[]> = {};
for (let e = 0; e < 6; e++) {
  const ep = generateEpisode(3, e, 'train', { shots: 24 });
  for (let i = 0; i < 24; i++) {
    let m = 1e9;
    for (let k = 0; k < 12; k++) {
      const t = performance.now();
      await stage.drawKeyframe(ep, i);
      m = Math.min(m, performance.now() - t);
    }
    (by[ep.shots[i]!.size] ??= []).push(m);
  }
}
for (const [k, v] of Object.entries(by))
  console.log(k, (v.reduce((a, b) => a + b) / v.length).toFixed(2), 'ms draw (min of 12)');
const b = new Backdrops(1);
let tot = 0,
  n = 0;
for (const p of ['forest', 'street', 'room', 'ship'] as const) {
  await b.get(p, 0, false, 'day', 'clear');
  for (const w of ['rain', 'snow', 'fog'] as const)
    for (const t of ['night', 'day', 'evening'] as const) {
      let m = 1e9;
      for (const mir of [false]) {
        const b2 = b;
        const t0 = performance.now();
        await b2.get(p, 0, mir, t, w);
        m = Math.min(m, performance.now() - t0);
      }
      tot += m;
      n++;
    }
}
console.log('backdrop compose', (tot / n).toFixed(2));
const w = new Wardrobe(1);
const id = generateEpisode(3, 1, 'train').characters[0]!.identity;
const f = faces.smiling[0]!;
for (const s of ['close-up', 'medium', 'wide'] as const) {
  await w.bust(id, f, s);
  let m = 1e9,
    h = 1e9,
    bo = 1e9;
  for (let k = 0; k < 9; k++) {
    const id2 = { ...id, legsColour: `#00000${k}` };
    let t = performance.now();
    await w.bust(id2, f, s);
    h = Math.min(h, performance.now() - t);
    t = performance.now();
    await w.body(id2, s);
    bo = Math.min(bo, performance.now() - t);
    for (const e of ['sad', 'angry', 'neutral'] as const) {
      await w.bust(id, faces[e][0]!, s);
      t = performance.now();
      await w.bust(id2, faces[e][0]!, s);
      m = Math.min(m, performance.now() - t);
    }
  }
  console.log(s, 'new person', h.toFixed(2), 'new face', m.toFixed(2), 'body', bo.toFixed(2));
}
