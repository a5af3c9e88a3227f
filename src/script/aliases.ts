import { type Alias, isAlias, isMap, isSeq, type Node, type Pair } from 'yaml';
import { limits } from './schema.ts';

type Report = (offset: number, message: string, fix: string) => void;

/**
 * Reports what is wrong with a document's aliases (`*name`): those that refer to nothing, that stand for what contains
 * them, or that unfold to more than `limits.unfolded` values. A film may write `characters: *both` in each of its shots;
 * a few bytes that unfold to gigabytes are an attack.
 */
export function checkAliases(root: Node | null, report: Report): void {
  /** Values below each anchor, its aliases unfolded; undefined while it is being read. */
  const sizes = new Map<string, number | undefined>();
  let unfolded = 0;
  let isOver = false;

  const alias = ({ source, range }: Alias): number => {
    const offset = range?.[0] ?? 0;
    if (!sizes.has(source)) {
      report(offset, `"*${source}" refers to nothing above it`, 'put text that begins with * in quotes');
      return 1;
    }
    const size = sizes.get(source);
    if (size === undefined) {
      report(offset, `"*${source}" stands for what it stands in`, 'write the text out');
      return 1;
    }
    unfolded += size;
    if (unfolded > limits.unfolded && !isOver) {
      isOver = true;
      const message = `the aliases ("*name") of the script unfold to more than ${limits.unfolded} values`;
      report(offset, message, 'write the texts out');
    }
    return size;
  };

  const walk = (node: unknown): number => {
    if (isOver) return 0;
    if (isAlias(node)) return alias(node);
    const { anchor } = (node ?? {}) as { readonly anchor?: string };
    if (anchor !== undefined) sizes.set(anchor, undefined);
    let size = 1;
    if (isMap(node)) for (const { key, value } of node.items as Pair[]) size += walk(key) + walk(value);
    else if (isSeq(node)) for (const item of node.items) size += walk(item);
    if (anchor !== undefined) sizes.set(anchor, size);
    return size;
  };
  walk(root);
}
