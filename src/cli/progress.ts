import type { Terminal } from './terminal.ts';

const WIDTH = 24;
/** Milliseconds between two lines where progress cannot be redrawn. */
const QUIET = 10_000;

export interface ProgressBarOptions {
  /** How an amount is written. Default: as a whole number. */
  readonly amount?: (n: number) => string;
  /** What was done before this began; the time left counts from there. */
  readonly from?: number;
}

/** One stage's progress: a bar with the time left on a terminal, otherwise a line now and then. */
export class ProgressBar {
  private readonly terminal: Terminal;
  private readonly name: string;
  private readonly total: number;
  private readonly amount: (n: number) => string;
  private readonly from: number;
  private readonly started = performance.now();
  private shown = Number.NEGATIVE_INFINITY;

  constructor(terminal: Terminal, name: string, total: number, options: ProgressBarOptions = {}) {
    this.terminal = terminal;
    this.name = name;
    this.total = total;
    this.amount = options.amount ?? ((n) => String(Math.floor(n)));
    this.from = options.from ?? 0;
  }

  /** `done` of the total, fractions included; `detail` says what is being done. */
  update(done: number, detail = ''): void {
    const { terminal, total, from } = this;
    const now = performance.now();
    const isEnd = done >= total;
    const share = total > 0 ? Math.min(1, done / total) : 1;
    const elapsed = (now - this.started) / 1000;
    const left = done > from && !isEnd ? `${duration((elapsed * (total - done)) / (done - from))} left` : '';
    const count = `${this.amount(done)}/${this.amount(total)}`;
    if (terminal.status) {
      const filled = Math.round(share * WIDTH);
      const bar = '█'.repeat(filled) + '░'.repeat(WIDTH - filled);
      terminal.status([this.name.padEnd(9), bar, count, left, detail].filter(Boolean).join('  '));
    } else if (now - this.shown >= QUIET && !isEnd) {
      this.shown = now;
      terminal.err([`${this.name} ${count}`, left, detail].filter(Boolean).join(', '));
    }
  }

  /** The stage is over. */
  finish(summary: string): void {
    this.terminal.status?.('');
    this.terminal.err(
      `${this.name.padEnd(9)}  ${summary}, ${duration((performance.now() - this.started) / 1000)}`,
    );
  }
}

/** 75 is `1:15`, 3700 is `1:01:40`. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '-';
  const whole = Math.round(seconds);
  const two = (n: number): string => String(n).padStart(2, '0');
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}
