import { type FileHandle, mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { BudgetError } from './captionsError.ts';
import type { Usage } from './types.ts';

/** Prices in any one currency for a million tokens. */
export interface Prices {
  readonly input: number;
  readonly output: number;
}

export const priceOf = ({ input, output }: Usage, prices: Prices): number =>
  (input * prices.input + output * prices.output) / 1e6;

const line = z.union([
  z.object({ begun: z.string(), kind: z.string(), input: z.number(), output: z.number(), price: z.number() }),
  z.object({
    done: z.string(),
    input: z.number(),
    output: z.number(),
    price: z.number(),
    seconds: z.number(),
  }),
]);
type Line = z.infer<typeof line>;

/** What requests of one kind really needed, on average. */
export interface Measured extends Usage {
  readonly seconds: number;
  readonly calls: number;
}

export interface LedgerOptions {
  readonly prices: Prices | undefined;
  /** Most that everything in the ledger may cost. */
  readonly budget: number | undefined;
}

/**
 * What requests cost, one line before and one after each, on the disk before the request is sent: a request that was
 * under way when the process was killed counts with what it was expected to cost.
 */
export class Ledger {
  private readonly file: FileHandle;
  private readonly options: LedgerOptions;
  private readonly open = new Map<string, number>();
  private readonly needed = new Map<string, { kind: string; usage: Usage; seconds: number }>();
  private settled = 0;
  private number = 0;

  private constructor(file: FileHandle, options: LedgerOptions) {
    this.file = file;
    this.options = options;
  }

  static async open(path: string, options: LedgerOptions): Promise<Ledger> {
    await mkdir(dirname(path), { recursive: true });
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw error;
    });
    const ledger = new Ledger(await open(path, 'a'), options);
    const kinds = new Map<string, string>();
    for (const entry of linesOf(text)) {
      if ('begun' in entry) {
        ledger.open.set(entry.begun, entry.price);
        kinds.set(entry.begun, entry.kind);
        ledger.number = Math.max(ledger.number, Number(entry.begun.split(' ')[0]));
      } else {
        ledger.open.delete(entry.done);
        ledger.settled += entry.price;
        const { input, output, seconds } = entry;
        ledger.needed.set(entry.done, {
          kind: kinds.get(entry.done) ?? '',
          usage: { input, output },
          seconds,
        });
      }
    }
    if (text !== '' && !text.endsWith('\n')) await ledger.file.write('\n'); // a line that a killed process began
    return ledger;
  }

  /** What everything cost so far, with what is under way or was when a process ended. */
  get spent(): number {
    return this.settled + [...this.open.values()].reduce((sum, price) => sum + price, 0);
  }

  /** What requests of a kind needed so far; undefined where there was none. */
  measured(kind: string): Measured | undefined {
    const own = [...this.needed.values()].filter((entry) => entry.kind === kind);
    if (own.length === 0) return undefined;
    const mean = (of: (entry: (typeof own)[number]) => number): number =>
      own.reduce((sum, entry) => sum + of(entry), 0) / own.length;
    return {
      input: mean(({ usage }) => usage.input),
      output: mean(({ usage }) => usage.output),
      seconds: mean(({ seconds }) => seconds),
      calls: own.length,
    };
  }

  /**
   * Notes a request before it is sent; its number is given to `end`.
   * @throws BudgetError where it could cost more than what is left
   */
  async begin(kind: string, key: string, expected: Usage): Promise<string> {
    const { prices, budget } = this.options;
    const price = prices ? priceOf(expected, prices) : 0;
    if (budget !== undefined && this.spent + price > budget) {
      throw new BudgetError(
        `the next request (${kind}) is expected to cost ${money(price)}, and ${money(this.spent)} of the budget of ${money(budget)} ` +
          'are spent; what was finished is kept: give a larger --budget and the same command goes on',
      );
    }
    const id = `${++this.number} ${key}`;
    this.open.set(id, price);
    await this.append({ begun: id, kind, ...expected, price });
    return id;
  }

  /** Notes what a request really needed: the sum of all its answers. */
  async end(id: string, kind: string, usage: Usage, seconds: number): Promise<void> {
    const price = this.options.prices ? priceOf(usage, this.options.prices) : 0;
    this.open.delete(id);
    this.settled += price;
    this.needed.set(id, { kind, usage, seconds });
    await this.append({ done: id, ...usage, price, seconds: Math.round(seconds * 1000) / 1000 });
  }

  close(): Promise<void> {
    return this.file.close();
  }

  private async append(entry: Line): Promise<void> {
    await this.file.write(`${JSON.stringify(entry)}\n`);
    await this.file.datasync();
  }
}

/** The whole lines of a ledger; one that a killed process did not finish is left out. */
function linesOf(text: string): Line[] {
  return text.split('\n').flatMap((own) => {
    if (own.trim() === '') return [];
    try {
      const { data } = line.safeParse(JSON.parse(own));
      return data ? [data] : [];
    } catch {
      return [];
    }
  });
}

/** Four digits that count. */
export const money = (amount: number): string => Number(amount.toPrecision(4)).toString();
