import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { FeatureRows, RowWriter } from './rowFile.ts';

export interface FeatureOptions {
  /** Folder of the data set. */
  readonly folder: string;
  readonly name: string;
  /** What the features were computed with: a file of another key is never read. */
  readonly key: string;
  readonly shape: readonly number[];
  readonly count: number;
  /** Rows computed at a time. */
  readonly chunk: number;
  /** Computes rows `from` .. `to` - 1, [to - from, ...shape]. */
  compute(from: number, to: number): Promise<Float32Array>;
  onProgress?(done: number, total: number): void;
}

/** One row of half-precision features an item, computed once and then loaded into memory. */
export async function featureRows(options: FeatureOptions): Promise<FeatureRows> {
  const { folder, name, key, shape, count, chunk, compute, onProgress } = options;
  const path = join(folder, `${name}-${key}.f16`);
  if (!(await exists(path))) {
    const writer = await RowWriter.create(path, { dtype: 'float16', shape });
    try {
      for (let from = 0; from < count; from += chunk) {
        const to = Math.min(count, from + chunk);
        await writer.append(await compute(from, to));
        onProgress?.(to, count);
      }
      await writer.finish();
    } catch (error) {
      await writer.abandon();
      throw error;
    }
  }
  const rows = await FeatureRows.load(path, shape);
  if (rows.count !== count)
    throw new RangeError(`${path}: expected ${count} rows, got ${rows.count}; remove the file`);
  return rows;
}

/** A short hash of all files in folders of weights: the key of what is computed with them. */
export async function weightsKey(...folders: string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const folder of folders) {
    for (const file of (await readdir(folder)).sort()) {
      hash.update(file);
      for await (const chunk of createReadStream(join(folder, file))) hash.update(chunk as Buffer);
    }
  }
  return hash.digest('hex').slice(0, 12);
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
