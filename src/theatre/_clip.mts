import sharp from 'sharp';
import { Random } from '../random/index.ts';
import { describe, generateEpisode, Stage, sampleIdentity } from './index.ts';

const stage = await Stage.create();
const cells: any[] = [];
let row = 0;
const wants = [
  (s: any) => s.weather === 'rain' && s.size === 'wide' && s.pattern.includes('umbrella'),
  (s: any) => s.weather === 'snow' && s.size === 'wide' && s.characters.length > 3,
  (s: any) => s.pattern === 'group-cheers' && s.size === 'wide',
  (s: any) => s.size === 'close-up' && s.characters[0].talking,
  (s: any) => s.pattern === 'share-umbrella' && s.size !== 'wide',
  (s: any) => s.weather === 'fog' && s.size === 'wide',
  (s: any) => s.characters[0].prop?.name === 'balloon',
  (s: any) => s.weather === 'rain' && s.place === 'room' && s.size === 'wide',
  (s: any) => s.characters[0].prop?.name === 'suitcase',
];
for (const w of wants) {
  outer: for (let e = 0; e < 400; e++) {
    const ep = generateEpisode(11, e, 'train');
    for (let i = 0; i < ep.shots.length; i++) {
      if (!w(ep.shots[i])) continue;
      let k = 0;
      for await (const f of stage.drawClip(ep, i, 25)) {
        if (k % 8 === 0)
          cells.push({
            input: await sharp(Buffer.from(f.data), { raw: { width: 448, height: 256, channels: 3 } })
              .png()
              .toBuffer(),
            left: (k / 8) * 450,
            top: row * 258,
          });
        k++;
      }
      row++;
      break outer;
    }
  }
}
await sharp({ create: { width: 4 * 450, height: row * 258, channels: 3, background: '#fff' } })
  .composite(cells)
  .png()
  .toFile('/tmp/th/clip.png');
const pc: any[] = [];
for (let i = 0; i < 48; i++) {
  const id = sampleIdentity(Random.of(5, 'p', Math.floor(i / 4)), 'train');
  if (i % 4 === 0) console.log(describe(id, Random.of(1, i)));
  const p = await stage.drawPortrait(id, { size: 128, ...(i % 4 ? { jitter: Random.of(6, 'j', i) } : {}) });
  pc.push({
    input: await sharp(Buffer.from(p.data), { raw: { width: 128, height: 128, channels: 3 } })
      .png()
      .toBuffer(),
    left: (i % 12) * 130,
    top: Math.floor(i / 12) * 130,
  });
}
await sharp({ create: { width: 12 * 130, height: 4 * 130, channels: 3, background: '#fff' } })
  .composite(pc)
  .png()
  .toFile('/tmp/th/por.png');
