import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { featureRows } from '../training/data/features.ts';
import { FeatureRows, FrameRows, RowWriter } from './rowFile.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rows-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('row files', () => {
  it('give back bytes, whole rows and parts of them', async () => {
    const path = join(folder, 'frames.rgb');
    const writer = await RowWriter.create(path, { dtype: 'uint8', shape: [2, 3] });
    await writer.append(Uint8Array.of(1, 2, 3, 4, 5, 6));
    await writer.append(Uint8Array.from({ length: 12 }, (_, i) => 10 + i));
    expect(writer.count).toBe(3);
    await expect(stat(path)).rejects.toThrow(/ENOENT/); // it has no name yet
    await writer.finish();
    expect(await readdir(folder)).toEqual(['frames.rgb']);
    const rows = await FrameRows.open(path, [2, 3]);
    expect(rows.count).toBe(3);
    expect([...(await rows.read(0))]).toEqual([1, 2, 3, 4, 5, 6]);
    expect([...(await rows.read(2, 1, 2))]).toEqual([17, 18]);
    await expect(rows.read(3)).rejects.toThrow(/row 3 of 3/);
    await expect(rows.read(0.5)).rejects.toThrow();
  });

  it('give back features in half precision', async () => {
    const path = join(folder, 'features.f16');
    const writer = await RowWriter.create(path, { dtype: 'float16', shape: [2] });
    await writer.append(Float32Array.of(1, -2.5, 0.1, 65504));
    await expect(writer.append(Float32Array.of(1))).rejects.toThrow(/no whole rows of \[2\]/);
    await writer.finish();
    const rows = await FeatureRows.load(path, [2]);
    const batch = rows.batch([1, 0, 1]);
    expect([...batch.subarray(2, 4)]).toEqual([1, -2.5]);
    expect(batch[0]).toBeCloseTo(0.1, 4);
    expect(batch[5]).toBe(65504);
    expect(() => rows.batch([2])).toThrow(/row 2 of 2/);
  });

  it('leave nothing when they are abandoned', async () => {
    const writer = await RowWriter.create(join(folder, 'a'), { dtype: 'uint8', shape: [1] });
    await writer.append(Uint8Array.of(1));
    await writer.abandon();
    expect(await readdir(folder)).toEqual([]);
  });

  it('are made by one process at a time, and the claim of a dead one does not count', async () => {
    const path = join(folder, 'a');
    const row = { dtype: 'uint8', shape: [1] } as const;
    const writer = await RowWriter.create(path, row);
    await expect(RowWriter.create(path, row)).rejects.toThrow(/is being made by this process/);
    await writer.abandon();
    await writeFile(`${path}.pid`, String(process.ppid));
    await expect(RowWriter.create(path, row)).rejects.toThrow(/another process \(\d+\)/);
    await writeFile(`${path}.pid`, '999999999');
    await (await RowWriter.create(path, row)).finish();
    expect(await readdir(folder)).toEqual(['a']);
  });
});

describe('featureRows', () => {
  const options = (failAt = Number.POSITIVE_INFINITY) => {
    const computed: number[] = [];
    return {
      computed,
      ...{ folder, name: 'x', key: 'k', shape: [2], count: 7, chunk: 2 },
      compute: async (from: number, to: number) => {
        if (from >= failAt) throw new Error('stopped');
        computed.push(from);
        return Float32Array.from({ length: 2 * (to - from) }, (_, i) => 10 * from + i);
      },
    };
  };
  const expected = [0, 1, 2, 3, 20, 21, 22, 23, 40, 41, 42, 43, 60, 61];

  it('computes once, and again for another key', async () => {
    const first = options();
    expect([...(await featureRows(first)).batch([0, 1, 2, 3, 4, 5, 6])]).toEqual(expected);
    expect(first.computed).toEqual([0, 2, 4, 6]);
    const again = options();
    await featureRows(again);
    expect(again.computed).toEqual([]);
    await featureRows({ ...again, key: 'other' });
    expect(again.computed).toEqual([0, 2, 4, 6]);
    await expect(featureRows({ ...options(), count: 8 })).rejects.toThrow(/expected 8 rows, got 7/);
  });

  it('goes on after whole chunks where it was stopped', async () => {
    await expect(featureRows(options(4))).rejects.toThrow('stopped');
    const part = join(folder, 'x-k.f16.tmp');
    expect((await stat(part)).size).toBe(4 * 2 * 2);
    await writeFile(part, Uint8Array.of(1, 2, 3, 4, 5), { flag: 'a' }); // and half of a chunk, cut by a kill
    const rest = options();
    expect([...(await featureRows(rest)).batch([0, 1, 2, 3, 4, 5, 6])]).toEqual(expected);
    expect(rest.computed).toEqual([4, 6]);
  });

  it('stops between two chunks when it is told to, and keeps what is there', async () => {
    const controller = new AbortController();
    const stopped = { ...options(), signal: controller.signal };
    const reason = new Error('enough');
    const onProgress = (): void => controller.abort(reason);
    await expect(featureRows({ ...stopped, onProgress })).rejects.toBe(reason);
    expect((await stat(join(folder, 'x-k.f16.tmp'))).size).toBe(2 * 2 * 2);
    const rest = options();
    await featureRows(rest);
    expect(rest.computed).toEqual([2, 4, 6]);
  });
});
