/** Values of some attributes; one that is left open is null. An attribute that is not there is not asked for. */
export type Labels<A extends string> = { readonly [K in A]?: string | null };

/** Attributes with their values as classes in one row: class 0 of each stands for null, the others for its values. */
export class LabelSpace<A extends string> {
  readonly names: readonly A[];
  /** Where the classes of each attribute begin in the row, and how many they are. */
  readonly ranges: Readonly<Record<A, readonly [from: number, count: number]>>;
  /** Length of the row. */
  readonly count: number;
  private readonly values: Readonly<Record<A, readonly string[]>>;

  constructor(values: Readonly<Record<A, readonly string[]>>) {
    this.values = values;
    this.names = Object.keys(values) as A[];
    let from = 0;
    const ranges = this.names.map((name) => {
      const range = [from, values[name].length + 1] as const;
      from += range[1];
      return [name, range] as const;
    });
    this.ranges = Object.fromEntries(ranges) as Record<A, readonly [number, number]>;
    this.count = from;
  }

  /** @throws RangeError where the attribute has no such value. */
  classOf(attribute: A, value: string | null): number {
    if (value === null) return 0;
    const index = this.values[attribute].indexOf(value);
    if (index < 0) throw new RangeError(`LabelSpace: ${attribute} has no value '${value}'`);
    return index + 1;
  }

  /** `classes` [n, count] has a one for each value, `asked` [n, attributes] a one for each attribute that is asked for. */
  targets(list: readonly Labels<A>[]): { readonly classes: Float32Array; readonly asked: Float32Array } {
    const classes = new Float32Array(list.length * this.count);
    const asked = new Float32Array(list.length * this.names.length);
    list.forEach((labels, i) => {
      this.names.forEach((name, a) => {
        const value = labels[name];
        if (value === undefined) return;
        asked[i * this.names.length + a] = 1;
        classes[i * this.count + this.ranges[name][0] + this.classOf(name, value)] = 1;
      });
    });
    return { classes, asked };
  }

  /**
   * Of the labels that are asked for and `wanted`, the share whose class has the highest logit, by attribute; NaN where
   * there is none. `logits` holds a row [count] for each.
   */
  accuracy(
    logits: readonly Float32Array[],
    list: readonly Labels<A>[],
    wanted: (value: string | null) => boolean,
  ): Readonly<Record<A, number>> {
    const share = (name: A): number => {
      const [from, count] = this.ranges[name];
      let [right, all] = [0, 0];
      list.forEach((labels, i) => {
        const value = labels[name];
        if (value === undefined || !wanted(value)) return;
        const row = (logits[i] as Float32Array).subarray(from, from + count);
        all++;
        if (row.indexOf(Math.max(...row)) === this.classOf(name, value)) right++;
      });
      return right / all;
    };
    return Object.fromEntries(this.names.map((name) => [name, share(name)])) as Record<A, number>;
  }
}
