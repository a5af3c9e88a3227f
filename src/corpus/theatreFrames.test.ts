import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FrameSetOptions, theatreFrames } from './theatreFrames.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'frames-'));
});
afterAll(() => rm(folder, { recursive: true }));

const options: FrameSetOptions = {
  ...{ split: 'train', seed: 3, episodes: 3, shots: [2, 3] },
  ...{ width: 112, height: 64 },
};

describe('theatreFrames', () => {
  it('goes on where drawing was stopped, and ends with the same bytes', async () => {
    const whole = await theatreFrames(join(folder, 'whole'), options);
    expect(whole.count).toBe(2 + 3 + 2);
    const cache = join(folder, 'stopped');
    const stop = theatreFrames(cache, options, (done) => {
      if (done === 2) throw new Error('stopped');
    });
    await expect(stop).rejects.toThrow('stopped');
    const [name = ''] = await readdir(cache);
    const log = join(cache, name, 'episodes.jsonl');
    // killed while the second line was written: its frames are there, the line is not whole
    await writeFile(log, (await readFile(log, 'utf8')).slice(0, -10));

    const drawn: number[] = [];
    const resumed = await theatreFrames(cache, options, (done) => drawn.push(done));
    expect(drawn).toEqual([2, 3]);
    for (const file of ['frames.rgb', 'index.json'])
      expect(await readFile(join(resumed.folder, file))).toEqual(await readFile(join(whole.folder, file)));
    expect(await readdir(resumed.folder)).not.toContain('episodes.jsonl');

    const again: number[] = [];
    expect((await theatreFrames(cache, options, (done) => again.push(done))).count).toBe(7);
    expect(again).toEqual([]);
  });
});
