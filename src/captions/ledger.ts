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
  private readonly needed = new Map<string, Measured>();
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
        ledger.open.set(entry.begun, ledger.costOf(entry));
        kinds.set(entry.begun, entry.kind);
        ledger.number = Math.max(ledger.number, Number(entry.begun.split(' ')[0]));
      } else {
        ledger.open.delete(entry.done);
        ledger.settled += ledger.costOf(entry);
        ledger.add(kinds.get(entry.done) ?? '', entry, entry.seconds);
        kinds.delete(entry.done);
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
    const sum = this.needed.get(kind);
    if (!sum) return undefined;
    const { input, output, seconds, calls } = sum;
    return { input: input / calls, output: output / calls, seconds: seconds / calls, calls };
  }

  private add(kind: string, { input, output }: Usage, seconds: number): void {
    const sum = this.needed.get(kind) ?? { input: 0, output: 0, seconds: 0, calls: 0 };
    this.needed.set(kind, {
      ...{ input: sum.input + input, output: sum.output + output },
      ...{ seconds: sum.seconds + seconds, calls: sum.calls + 1 },
    });
  }

  /**
   * Notes a request before it is sent; its number is given to `end`.
   * @throws BudgetError where it could cost more than what is left
   */
  async begin(kind: string, key: string, expected: Usage): Promise<string> {
    const id = `${++this.number} ${key}`;
    await this.reserve(id, kind, expected);
    return id;
  }

  /**
   * Notes that a request is made once more, since its answer was not usable.
   * @throws BudgetError as `begin`
   */
  again(id: string, kind: string, expected: Usage): Promise<void> {
    return this.reserve(id, kind, expected);
  }

  private async reserve(id: string, kind: string, expected: Usage): Promise<void> {
    const { prices, budget } = this.options;
    const more = prices ? priceOf(expected, prices) : 0;
    if (budget !== undefined && this.spent + more > budget) {
      throw new BudgetError(
        `the next request (${kind}) is expected to cost ${money(more)}, and ${money(this.spent)} of the budget of ${money(budget)} ` +
          'are spent; what was finished is kept: give a larger --budget and the same command goes on',
      );
    }
    const price = (this.open.get(id) ?? 0) + more;
    this.open.set(id, price);
    const { input, output } = expected;
    await this.append({ begun: id, kind, input, output, price });
  }

  /** Of a line that was written without prices, by the present ones. */
  private costOf({ price, ...usage }: Usage & { readonly price: number }): number {
    return price > 0 || !this.options.prices ? price : priceOf(usage, this.options.prices);
  }

  /** Notes what a request really needed: the sum of all its answers. */
  async end(id: string, kind: string, usage: Usage, seconds: number): Promise<void> {
    const price = this.options.prices ? priceOf(usage, this.options.prices) : 0;
    this.open.delete(id);
    this.settled += price;
    this.add(kind, usage, seconds);
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
