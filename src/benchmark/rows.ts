/** A line of the benchmark's table. */
export interface Row {
  readonly what: string;
  /** Undefined where it was left out, and `reason` says why. */
  readonly figure?: number;
  readonly reason?: string;
  /** The same metric on what no generator could beat. */
  readonly ceilings: Readonly<Record<string, number>>;
  /** The bar in words, such as `at least 0.92`, and whether it is above its ceilings. */
  readonly bar?: string;
  readonly met?: boolean;
  /** The paper's own figure, on its data. */
  readonly paper?: string;
}

export interface Draft {
  readonly figure: number | undefined;
  /** Why there is no figure. */
  readonly without?: string;
  readonly ceilings?: Readonly<Record<string, number | undefined>>;
  readonly atLeast?: number;
  readonly atMost?: number;
  /** What the bar is made of, such as `0.95 of the truth's own`. */
  readonly rule?: string;
  readonly paper?: string;
}

/** A row with its bar judged. */
export function row(what: string, draft: Draft): Row {
  const { figure, without = 'there is nothing to measure', atLeast, atMost, rule, paper } = draft;
  const ceilings: Record<string, number> = {};
  for (const [name, value] of Object.entries(draft.ceilings ?? {}))
    if (value !== undefined) ceilings[name] = value;
  const bound =
    atLeast !== undefined
      ? `at least ${digits(atLeast)}`
      : atMost !== undefined
        ? `at most ${digits(atMost)}`
        : undefined;
  const asides = [rule, atLeast === undefined ? undefined : beyond(atLeast, ceilings)].filter(Boolean);
  const bar = bound && asides.length > 0 ? `${bound} (${asides.join('; ')})` : bound;
  const shared = { what, ceilings, ...(bar ? { bar } : {}), ...(paper ? { paper } : {}) };
  if (figure === undefined) return { ...shared, reason: without };
  if (!bound) return { ...shared, figure };
  return { ...shared, figure, met: atLeast !== undefined ? figure >= atLeast : figure <= (atMost as number) };
}

/** Says it where a bar is above all that could be reached. */
function beyond(atLeast: number, ceilings: Readonly<Record<string, number>>): string | undefined {
  const [highest] = Object.entries(ceilings).sort(([, a], [, b]) => b - a);
  return highest && highest[1] < atLeast
    ? `above its ceiling, ${highest[0]} ${digits(highest[1])}`
    : undefined;
}

/** A figure as people read it: three places, one for scores of a hundred. */
export function digits(value: number): string {
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 3);
}

export const headings = ['what', 'figure', 'ceilings', 'bar', 'met', "the paper's, on its data"] as const;

/** The cells of a row, one a heading. */
export function cellsOf({ what, figure, reason, ceilings, bar, met, paper }: Row): string[] {
  return [
    what,
    figure === undefined ? `left out: ${reason}` : digits(figure),
    Object.entries(ceilings)
      .map(([name, value]) => `${name} ${digits(value)}`)
      .join(', '),
    bar ?? '',
    met === undefined ? '' : met ? 'yes' : 'no',
    paper ?? '',
  ];
}
