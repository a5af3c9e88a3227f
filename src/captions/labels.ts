/** Labels of people, `P1`, `P2` ..., which stand for them until they have names. */

/** A text with names in the place of `[P1]`, and of a `P1` that a model wrote without brackets. */
export function withNames(text: string, names: ReadonlyMap<string, string>): string {
  return text.replace(/\[(P\d+)\]|\b(P\d+)\b/g, (whole, inside?: string, bare?: string) => {
    return names.get((inside ?? bare) as string) ?? whole;
  });
}
