/*
 * Faces to people: agglomerative clustering by average link (UPGMA). The similarity of two groups is the mean cosine of all
 * pairs between them; groups are joined from the most alike on, as long as that is at least a threshold, and never when both
 * have a face of the same frame. For rows of unit length the mean over pairs is the product of the groups' mean rows, so no
 * matrix of distances is kept: memory is that of the rows.
 *
 * Average link is reducible, also with faces that must not meet: joining two groups brings neither nearer to a third. So following
 * chains of nearest neighbours (Benzécri, 1982) joins the same groups as always taking the most alike pair of all would.
 */

/** A face, or faces that are known to be one person's. */
export interface ClusterItem {
  /** Sum of rows of unit length. */
  readonly sum: Float32Array;
  readonly count: number;
  /** Frames of the faces, ascending: groups that share one are never joined. */
  readonly frames: readonly number[];
}

interface Group {
  readonly mean: Float64Array;
  readonly count: number;
  readonly frames: readonly number[];
}

/** Two groups that were joined: any of the items of each, and how alike the groups were. */
interface Joint {
  readonly a: number;
  readonly b: number;
  readonly similarity: number;
}

/**
 * Groups of indices into `items`, each ascending, ordered by their first. The same items give the same groups.
 *
 * @param threshold least mean cosine similarity of two groups that are joined, -1 .. 1
 */
export function cluster(items: readonly ClusterItem[], threshold: number): number[][] {
  return groupsOf(items.length, joints(items, threshold));
}

/** As `cluster`, but the `count` groups that are left when the most alike are joined first; more where frames keep them apart. */
export function clusterInto(items: readonly ClusterItem[], count: number): number[][] {
  const all = joints(items, -2).sort((x, y) => y.similarity - x.similarity || x.a - y.a || x.b - y.b);
  return groupsOf(items.length, all.slice(0, Math.max(0, items.length - count)));
}

/** Every joining of groups that are at least so alike. */
function joints(items: readonly ClusterItem[], threshold: number): Joint[] {
  const active: (Group | undefined)[] = items.map(({ sum, count, frames }) => ({
    mean: Float64Array.from(sum, (v) => v / count),
    ...{ count, frames },
  }));
  const found: Joint[] = [];
  const chain: number[] = [];
  let first = 0;
  for (;;) {
    if (chain.length === 0) {
      while (first < active.length && !active[first]) first++;
      if (first === active.length) return found;
      chain.push(first);
    }
    const top = chain.at(-1) as number;
    const before = chain.at(-2);
    const next = nearestOf(active, top, threshold, before);
    if (next === undefined) {
      active[top] = undefined; // nobody is near enough, and nobody will be
      chain.pop();
    } else if (next === before) {
      chain.length -= 2;
      const [a, b] = [Math.min(top, next), Math.max(top, next)];
      const [one, other] = [active[a] as Group, active[b] as Group];
      found.push({ a, b, similarity: dot(one.mean, other.mean) });
      active[a] = join(one, other);
      active[b] = undefined;
    } else chain.push(next);
  }
}

/** The groups that joinings make of single items. */
function groupsOf(count: number, found: readonly Joint[]): number[][] {
  const parent = Array.from({ length: count }, (_, i) => i);
  const root = (i: number): number => {
    let at = i;
    while (parent[at] !== at) at = parent[at] as number;
    return at;
  };
  for (const { a, b } of found) {
    const [x, y] = [root(a), root(b)];
    parent[Math.max(x, y)] = Math.min(x, y);
  }
  const groups = new Map<number, number[]>();
  for (let i = 0; i < count; i++) {
    const members = groups.get(root(i)) ?? [];
    groups.set(root(i), members);
    members.push(i);
  }
  return [...groups.values()];
}

/** The most alike group that may be joined; of equal ones `preferred`, else the first. */
function nearestOf(
  groups: readonly (Group | undefined)[],
  of: number,
  threshold: number,
  preferred: number | undefined,
): number | undefined {
  const own = groups[of] as Group;
  let [best, found] = [threshold, undefined as number | undefined];
  const consider = (i: number): void => {
    const other = groups[i];
    if (!other || i === of) return;
    const similarity = dot(own.mean, other.mean);
    if (found === undefined ? similarity < best : similarity <= best) return;
    if (meet(own.frames, other.frames)) return;
    [best, found] = [similarity, i];
  };
  if (preferred !== undefined) consider(preferred);
  for (let i = 0; i < groups.length; i++) consider(i);
  return found;
}

function join(a: Group, b: Group): Group {
  const count = a.count + b.count;
  const mean = a.mean.map((v, i) => (v * a.count + (b.mean[i] as number) * b.count) / count);
  const frames = [...a.frames, ...b.frames].sort((x, y) => x - y);
  return { mean, count, frames };
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

/** Whether two ascending lists have a number in common. */
function meet(a: readonly number[], b: readonly number[]): boolean {
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const [x, y] = [a[i] as number, b[j] as number];
    if (x === y) return true;
    if (x < y) i++;
    else j++;
  }
  return false;
}
