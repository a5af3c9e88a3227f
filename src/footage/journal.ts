import { type FileHandle, mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Results that come one after the other and each cost much: a line of JSON each, appended as soon as it is there. What a
 * killed process left half written is dropped. Lines may be in any order; they carry what they belong to.
 */
export class Journal<T> {
  /** What earlier processes left, in order. */
  readonly entries: readonly T[];
  private readonly file: FileHandle;

  private constructor(file: FileHandle, entries: readonly T[]) {
    this.file = file;
    this.entries = entries;
  }

  /**
   * Opens a journal, making it and its folder where there is none. The path must hold the key of all that its lines depend on.
   *
   * @param format what the lines are, and their version: a journal of another one is begun anew
   */
  static async open<T>(path: string, format: string): Promise<Journal<T>> {
    await mkdir(dirname(path), { recursive: true });
    const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      return Buffer.alloc(0);
    });
    const head = `${JSON.stringify({ format })}\n`;
    const { entries, length } = readLines<T>(bytes, head);
    const file = await open(path, length > 0 ? 'r+' : 'w');
    try {
      await file.truncate(length);
      if (length === 0) await file.write(head, 0);
    } catch (error) {
      await file.close();
      throw error;
    }
    const journal = new Journal(file, entries);
    journal.at = Math.max(length, Buffer.byteLength(head));
    return journal;
  }

  private at = 0;

  /** Appends a line. */
  async add(entry: T): Promise<void> {
    const line = Buffer.from(`${JSON.stringify(entry)}\n`);
    await this.file.write(line, 0, line.length, this.at);
    this.at += line.length;
  }

  close(): Promise<void> {
    return this.file.close();
  }
}

/** The whole lines behind the head, and up to which byte they go. */
function readLines<T>(bytes: Buffer, head: string): { entries: T[]; length: number } {
  const entries: T[] = [];
  let at = Buffer.byteLength(head);
  if (bytes.toString('utf8', 0, at) !== head) return { entries, length: 0 };
  for (;;) {
    const end = bytes.indexOf(10, at);
    if (end < 0) return { entries, length: at };
    try {
      entries.push(JSON.parse(bytes.toString('utf8', at, end)) as T);
    } catch {
      return { entries, length: at }; // blocks of zeros after a power failure
    }
    at = end + 1;
  }
}
