import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** One line of `metrics.jsonl`. */
export interface MetricsRecord {
  /** Steps done, counting from 1. */
  readonly step: number;
  readonly loss: number;
  readonly [name: string]: number;
}

/** The `metrics.jsonl` of a training run: one JSON object a line. */
export class MetricsLog {
  private readonly path: string;
  readonly records: MetricsRecord[];

  private constructor(path: string, records: MetricsRecord[]) {
    this.path = path;
    this.records = records;
  }

  /**
   * Opens the log of a run that goes on after `step` steps. Lines written after the checkpoint (and a last line that
   * a kill cut short) are dropped: those steps are about to be done again.
   */
  static async open(folder: string, step: number): Promise<MetricsLog> {
    const path = join(folder, 'metrics.jsonl');
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw error;
    });
    const records: MetricsRecord[] = [];
    for (const line of text.split('\n')) {
      const record = parse(line);
      if (record && record.step <= step) records.push(record);
    }
    await writeFile(path, records.map((r) => `${JSON.stringify(r)}\n`).join(''));
    return new MetricsLog(path, records);
  }

  async append(record: MetricsRecord): Promise<void> {
    this.records.push(record);
    await appendFile(this.path, `${JSON.stringify(record)}\n`);
  }
}

function parse(line: string): MetricsRecord | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && 'step' in value
      ? (value as MetricsRecord)
      : undefined;
  } catch {
    return undefined;
  }
}
