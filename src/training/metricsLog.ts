import { type FileHandle, open, readFile, truncate } from 'node:fs/promises';
import { join } from 'node:path';

/** One line of `metrics.jsonl` about a step. */
export interface MetricsRecord {
  /** Steps done, counting from 1. */
  readonly step: number;
  /** Training loss of the step. */
  readonly loss: number;
  /** Further scalars of the step by their names, for example `lr` and `gradNorm`. */
  readonly [name: string]: number;
}

/** One line of `metrics.jsonl` about held-out data, behind the line of its step; it has no `loss`. */
export interface ValidationRecord {
  readonly step: number;
  readonly [name: string]: number;
}

/** The `metrics.jsonl` of a training run: one JSON object a line. */
export class MetricsLog {
  private readonly handle: FileHandle;
  readonly records: MetricsRecord[] = [];
  readonly validations: ValidationRecord[] = [];

  private constructor(handle: FileHandle) {
    this.handle = handle;
  }

  /**
   * Opens the log of a run that goes on after `step` steps. What was written after the checkpoint (and a last line that
   * a kill cut short) is cut off: those steps are about to be done again. Nothing before it is written again.
   */
  static async open(folder: string, step: number): Promise<MetricsLog> {
    const path = join(folder, 'metrics.jsonl');
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw error;
    });
    const kept: ValidationRecord[] = [];
    let end = 0;
    for (let start = 0; ; start = end) {
      const line = text.indexOf('\n', start);
      const record = line < 0 ? undefined : parse(text.slice(start, line));
      if (!record || record.step > step) break;
      kept.push(record);
      end = line + 1;
    }
    if (end < text.length) await truncate(path, Buffer.byteLength(text.slice(0, end)));
    const log = new MetricsLog(await open(path, 'a'));
    for (const record of kept) log.remember(record);
    return log;
  }

  async append(record: MetricsRecord | ValidationRecord): Promise<void> {
    await this.handle.appendFile(`${JSON.stringify(record)}\n`);
    this.remember(record);
  }

  /** Makes all lines durable: before a checkpoint, which must not be ahead of its log. */
  async sync(): Promise<void> {
    await this.handle.datasync();
  }

  async close(): Promise<void> {
    await this.handle.close();
  }

  private remember(record: MetricsRecord | ValidationRecord): void {
    if ('loss' in record) this.records.push(record as MetricsRecord);
    else this.validations.push(record);
  }
}

function parse(line: string): ValidationRecord | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && 'step' in value && typeof value.step === 'number'
      ? (value as ValidationRecord)
      : undefined;
  } catch {
    return undefined;
  }
}
