import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { frameCount, resampleFrames } from '../src/film/index.ts';
import { type Image, newImage, VideoWriter } from '../src/media/index.ts';
import { Random } from '../src/random/index.ts';

/*
 * npx tsx bench/encodeRepeatedly.ts [--count 20000] [--load 4]
 * Encodes one clip of noise that fades, as the tiny preset makes it, again and again while other threads keep the cores busy, and
 * counts how many different files come out: one is right. Exit status 1 where there are more. docs/log.md has what it found.
 */
const { values } = parseArgs({
  options: { count: { type: 'string', default: '20000' }, load: { type: 'string', default: '4' } },
});

const [width, height, fps, sourceFps] = [112, 64, 12, 2];

function noise(index: number): Image {
  const random = Random.of(1, 'frame', index);
  const image = newImage(width, height);
  for (let i = 0; i < image.data.length; i++) image.data[i] = random.int(256);
  return image;
}

async function clip(): Promise<Image[]> {
  async function* source(): AsyncGenerator<Image> {
    for (let i = 0; i < 4; i++) yield noise(i);
  }
  const frames: Image[] = [];
  for await (const frame of resampleFrames(source(), { count: frameCount(1.5, fps), fps, sourceFps }))
    frames.push(frame);
  return frames;
}

/** Keeps cores busy until its stop is called: what differs did so only on busy ones. */
async function busy(threads: number): Promise<() => Promise<void>> {
  const { Worker } = await import('node:worker_threads');
  const workers = Array.from(
    { length: threads },
    () => new Worker('for (;;) Math.sqrt(Math.random());', { eval: true }),
  );
  return async () => {
    await Promise.all(workers.map((worker) => worker.terminate()));
  };
}

const folder = await mkdtemp(join(tmpdir(), 'encode-'));
const stop = await busy(Number(values.load));
const counts = new Map<string, number>();
try {
  const frames = await clip();
  for (let i = 1; i <= Number(values.count); i++) {
    const path = join(folder, 'clip.mp4');
    const writer = await VideoWriter.create(path, { width, height, fps });
    for (const frame of frames) await writer.write(frame);
    await writer.close();
    const hash = createHash('sha256')
      .update(await readFile(path))
      .digest('hex')
      .slice(0, 16);
    counts.set(hash, (counts.get(hash) ?? 0) + 1);
    if (i % 1000 === 0) console.log(`${i} encodings, ${counts.size} different`);
  }
} finally {
  await stop();
  await rm(folder, { recursive: true, force: true });
}
for (const [hash, count] of counts) console.log(`${hash} ${count}`);
process.exitCode = counts.size === 1 ? 0 : 1;
