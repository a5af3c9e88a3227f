import { ProviderError } from '../http/index.ts';
import type { Answers, Kept } from './answers.ts';
import type { Call } from './calls.ts';
import type { LeftOut } from './captioned.ts';
import { NoAnswerError } from './captionsError.ts';
import { RefusedError } from './chat.ts';
import { inParallel } from './inParallel.ts';
import type { Ledger } from './ledger.ts';
import type { CallContext, CallKind, Expected, Usage } from './types.ts';

export interface CaptionsEvent {
  readonly type: 'captions';
  readonly film: string;
  readonly kind: CallKind;
  readonly done: number;
  readonly total: number;
  /** Of `done`, those whose answer was there already. */
  readonly reused: number;
}

/** How calls are made. */
export interface AskOptions {
  /** Requests at a time. Default 4. */
  readonly parallel?: number | undefined;
  /** Goes on where a model gives no usable answer to a request, and leaves that one out. Default: an error. */
  readonly leaveOut?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Asks models for what is not there yet, within the budget. */
export class Asker {
  readonly leftOut: LeftOut[] = [];
  private readonly options: AskOptions;
  private readonly ledger: Ledger;
  private readonly answers: Answers;

  constructor(options: AskOptions, ledger: Ledger, answers: Answers) {
    this.options = options;
    this.ledger = ledger;
    this.answers = answers;
  }

  /** The answers to all calls, in their order; undefined for what was left out. */
  async *all<T>(
    film: string,
    kind: CallKind,
    calls: readonly Call<T>[],
  ): AsyncGenerator<CaptionsEvent, (T | undefined)[], void> {
    const { parallel = 4, signal } = this.options;
    const results: (T | undefined)[] = [];
    const left: (LeftOut | undefined)[] = [];
    let [done, reused] = [0, 0];
    const under = new Map<string, Promise<Kept<T>>>();
    const work = async (call: Call<T>, i: number, own: AbortSignal): Promise<void> => {
      const key = await call.key();
      const known = await this.answers.get<T>(key);
      const shared = known === undefined ? under.get(key) : undefined; // two pictures of the same bytes
      const asked = known ?? (await (shared ?? this.share(under, kind, call, key, own)));
      if (known !== undefined || shared !== undefined) reused += 1;
      if ('answer' in asked) results[i] = asked.answer;
      else left[i] = { kind, what: call.what, reason: asked.refused };
      done += 1;
    };
    for await (const _ of inParallel(calls, parallel, work, signal))
      yield { type: 'captions', film, kind, done, total: calls.length, reused };
    this.leftOut.push(...left.filter((entry) => entry !== undefined));
    return Array.from(calls, (_, i) => results[i]);
  }

  private share<T>(
    under: Map<string, Promise<Kept<T>>>,
    kind: CallKind,
    call: Call<T>,
    key: string,
    signal: AbortSignal,
  ): Promise<Kept<T>> {
    const asked = this.ask(kind, call, key, signal);
    under.set(key, asked);
    return asked;
  }

  private async ask<T>(kind: CallKind, call: Call<T>, key: string, signal: AbortSignal): Promise<Kept<T>> {
    const expected = await call.expected?.();
    const refined = expected && this.refined(kind, expected);
    const noted = refined && (await this.ledger.begin(kind, key, refined));
    let usage: Usage = { input: 0, output: 0 };
    let isSettled = false;
    const began = performance.now();
    const settle = async (): Promise<void> => {
      if (noted && isSettled) await this.ledger.end(noted, kind, usage, (performance.now() - began) / 1000);
    };
    const context: CallContext = {
      ...{ signal, key },
      onUsage: ({ input, output }) => {
        usage = { input: usage.input + input, output: usage.output + output };
        isSettled = true;
      },
      again: async () => {
        if (noted) await this.ledger.again(noted, kind, refined);
      },
    };
    try {
      // as it will be read again, so that what is fresh and what is kept are the same
      const kept = JSON.parse(JSON.stringify({ answer: await call.make(context) })) as Kept<T>;
      await this.answers.keep(key, kept);
      await settle();
      return kept;
    } catch (error) {
      // a server that answered with an error took nothing; one whose answer is lost may have
      isSettled ||= ProviderError.isInstance(error) && error.status !== undefined;
      await settle();
      if (error instanceof RefusedError) {
        const kept: Kept<T> = { refused: error.message };
        await this.answers.keep(key, kept);
        return kept;
      }
      if (NoAnswerError.isInstance(error) && this.options.leaveOut) return { refused: error.message };
      throw error;
    }
  }

  /** What a call is expected to need, by what earlier ones of its kind needed where that is more. */
  private refined(kind: CallKind, expected: Expected): Expected {
    const measured = this.ledger.measured(kind);
    if (!measured) return expected;
    return {
      input: Math.max(expected.input, Math.ceil(measured.input)),
      output: Math.max(expected.output, Math.ceil(measured.output)),
    };
  }
}
