import type { Terminal } from './terminal.ts';

const WIDTH = 24;
/** Milliseconds between two lines where progress cannot be redrawn. */
const QUIET = 10_000;

/** One stage's progress: a bar with the time left on a terminal, otherwise a line now and then. */
export class ProgressBar {
  private readonly terminal: Terminal;
  private readonly name: string;
  private readonly total: number;
  private readonly started = performance.now();
  private shown = Number.NEGATIVE_INFINITY;

  constructor(terminal: Terminal, name: string, total: number) {
    this.terminal = terminal;
    this.name = name;
    this.total = total;
  }

  /** `done` of the total, fractions included; `detail` says what is being done. */
  update(done: number, detail = ''): void {
    const { terminal, total } = this;
    const now = performance.now();
    const isEnd = done >= total;
    const share = total > 0 ? Math.min(1, done / total) : 1;
    const elapsed = (now - this.started) / 1000;
    const left = share > 0 && !isEnd ? `${duration((elapsed * (1 - share)) / share)} left` : '';
    const count = `${Math.floor(done)}/${total}`;
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
