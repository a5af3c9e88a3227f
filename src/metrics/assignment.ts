/** A pair of an assignment: row and column of the score matrix. */
export type Pair = readonly [row: number, column: number];

/** Most columns that `bestAssignment` takes: its time doubles with each. */
const MOST_COLUMNS = 16;

/**
 * The pairs with the highest total score in which no row and no column comes twice, as many as the shorter side has:
 * what the Hungarian algorithm gives, by dynamic programming over sets of columns, of which a frame has few.
 * @param scores [rows][columns], any finite numbers
 * @throws RangeError for more than 16 columns
 */
export function bestAssignment(scores: readonly (readonly number[])[]): Pair[] {
  const columns = scores[0]?.length ?? 0;
  if (columns > MOST_COLUMNS) {
    throw new RangeError(`bestAssignment: at most ${MOST_COLUMNS} columns, got ${columns}`);
  }
  interface Partial {
    readonly score: number;
    readonly pairs: readonly Pair[];
  }
  // the best way to give the rows so far to exactly this set of columns
  let best = new Map<number, Partial>([[0, { score: 0, pairs: [] }]]);
  scores.forEach((row, r) => {
    const next = new Map(best); // this row goes without a column
    for (const [used, { score, pairs }] of best) {
      for (let c = 0; c < columns; c++) {
        if (used & (1 << c)) continue;
        const set = used | (1 << c);
        const total = score + (row[c] as number);
        if (total > (next.get(set)?.score ?? -Infinity))
          next.set(set, { score: total, pairs: [...pairs, [r, c]] });
      }
    }
    best = next;
  });
  const most = Math.min(scores.length, columns);
  const full = [...best.values()].filter(({ pairs }) => pairs.length === most);
  return [...(full.reduce((a, b) => (b.score > a.score ? b : a)).pairs as Pair[])];
}
