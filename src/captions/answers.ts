import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically } from '../files/index.ts';

/** An answer that is kept: what was said, or why the model refuses to say it. */
export type Kept<T> = { readonly answer: T } | { readonly refused: string };

/**
 * Answers of models on the disk, one file each, by the hash of all that they were made from. A file is whole or not there,
 * so that a process that is killed loses nothing but what was being asked.
 */
export class Answers {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** The answer with that key; undefined where there is none, or a damaged file in its place. */
  async get<T>(key: string): Promise<Kept<T> | undefined> {
    let text: string;
    try {
      text = await readFile(this.path(key), 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
    try {
      const kept = JSON.parse(text) as Kept<T>;
      return 'answer' in Object(kept) || 'refused' in Object(kept) ? kept : undefined;
    } catch {
      return undefined;
    }
  }

  async has(key: string): Promise<boolean> {
    return (await this.get(key)) !== undefined;
  }

  keep<T>(key: string, kept: Kept<T>): Promise<void> {
    return writeFileAtomically(this.path(key), `${JSON.stringify(kept)}\n`);
  }

  private path(key: string): string {
    return join(this.folder, key.slice(0, 2), `${key}.json`);
  }
}
