import sharp from 'sharp';
import { Stage } from './stage.ts';
import { generateEpisode } from './story.ts';

const [idx, shots, out] = [
  +(process.argv[2] ?? 0),
  +(process.argv[3] ?? 12),
  process.argv[4] ?? '/tmp/th/ep.png',
];
const stage = await Stage.create();
const ep = generateEpisode(7, idx, 'train', { shots });
console.log(ep.title);
for (const c of ep.characters) console.log(' ', c.id, '-', c.description);
const cells: any[] = [];
const cols = 3;
for (let i = 0; i < shots; i++) {
  const f = await stage.drawKeyframe(ep, i);
  const s = ep.shots[i]!;
  console.log(
    i,
    s.characters.map((c) => `${c.id}:${c.word}`).join(' '),
    '|',
    s.elements.join('. '),
    '|',
    s.plot,
  );
  cells.push({
    input: await sharp(Buffer.from(f.data), { raw: { width: 448, height: 256, channels: 3 } })
      .png()
      .toBuffer(),
    left: (i % cols) * 450,
    top: Math.floor(i / cols) * 258,
  });
}
await sharp({
  create: { width: cols * 450, height: Math.ceil(shots / cols) * 258, channels: 3, background: '#fff' },
})
  .composite(cells)
  .png()
  .toFile(out);
