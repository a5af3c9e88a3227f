import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Random } from '../random/index.ts';
import { newImage } from './image.ts';
import { VideoWriter } from './video.ts';
import { x264 } from './videoBackend.ts';

// Noise that changes every fourth frame: what an encoder decides here hangs on its lookahead and on every rounding in it.
async function encoded(path: string): Promise<string> {
  const writer = await VideoWriter.create(path, { width: 112, height: 64, backend: 'node-av' });
  for (let n = 0; n < 12; n++) {
    const random = Random.of(1, 'frame', n >> 2);
    const image = newImage(112, 64);
    for (let i = 0; i < image.data.length; i++) image.data[i] = random.int(256);
    await writer.write(image);
  }
  await writer.close();
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}

it('a clip has the same bytes on every processor, and every time', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bytes-'));
  try {
    // measured with AVX-512, AVX2, SSE2 and no vector instructions (x264's asm option); of the pinned version of node-av
    const expected = '6cc0eeacba1a55f5693b44cbb4d0c95e8e30f686b752bd537854ef1f5111443a';
    for (let i = 0; i < 10; i++) expect(await encoded(join(folder, `${i}.mp4`))).toBe(expected);
    expect(x264.params).toContain('cpu-independent=1');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
