import { add, concat, type Node, pad, type Tensor } from '../graph/index.ts';

/** A gradient that is zero outside of one range of one axis: what the gradient rule of `slice` makes. */
interface Part {
  readonly axis: number;
  readonly start: number;
  readonly inner: Tensor;
}

/** The sum of all gradients of one tensor. Those of neighbouring slices are joined instead of padded and added. */
export function total(gradients: readonly Tensor[]): Tensor {
  const parts: Part[] = [];
  const others: Tensor[] = [];
  for (const g of gradients) {
    const part = partOf(g);
    if (part && (parts.length === 0 || parts[0]?.axis === part.axis)) parts.push(part);
    else others.push(g);
  }
  if (parts.length > 0) others.push(...join(nest(parts), gradients[0] as Tensor));
  return others.reduce((a, b) => add(a, b));
}

/** Adds each range that lies inside another one to the smallest such: causal attention's blocks see 0 .. n, 0 .. 2n ... */
function nest(parts: readonly Part[]): Part[] {
  const sorted = [...parts].sort((a, b) => a.inner.dim(a.axis) - b.inner.dim(b.axis));
  const left: Part[] = [];
  for (let i = 0; i < sorted.length; i++) {
    const part = sorted[i] as Part;
    const end = (p: Part): number => p.start + p.inner.dim(p.axis);
    const outer = sorted.findIndex((o, j) => j > i && o.start <= part.start && end(o) >= end(part));
    const around = sorted[outer];
    if (!around) {
      left.push(part);
      continue;
    }
    const { axis } = part;
    const before = part.inner.shape.map((_, a) => (a === axis ? part.start - around.start : 0));
    const after = part.inner.shape.map((_, a) => (a === axis ? end(around) - end(part) : 0));
    sorted[outer] = { ...around, inner: add(around.inner, pad(part.inner, before, after)) };
  }
  return left;
}

/** Reads `pad` along a single axis as what it pads and where. */
function partOf(g: Tensor): Part | undefined {
  if (g.source.kind !== 'node' || g.source.node.op !== 'pad') return undefined;
  const { attributes, inputs } = g.source.node as Node<'pad'>;
  const padded = g.shape.flatMap((_, i) => (attributes.before[i] || attributes.after[i] ? [i] : []));
  const [axis] = padded;
  if (padded.length !== 1 || axis === undefined) return undefined;
  return { axis, start: attributes.before[axis] as number, inner: inputs[0] as Tensor };
}

/** Runs of ranges that follow each other become one tensor each, padded to the whole where it is shorter. */
function join(parts: readonly Part[], like: Tensor): Tensor[] {
  const runs: Tensor[][] = [];
  const starts: number[] = [];
  let end = -1;
  for (const { axis, start, inner } of [...parts].sort((a, b) => a.start - b.start)) {
    const run = runs.at(-1);
    if (run && start === end) run.push(inner);
    else {
      runs.push([inner]);
      starts.push(start);
    }
    end = start + inner.dim(axis);
  }
  const axis = (parts[0] as Part).axis;
  return runs.map((run, i) => {
    const whole = concat(run, axis);
    const before = like.shape.map((_, a) => (a === axis ? (starts[i] as number) : 0));
    return pad(
      whole,
      before,
      like.shape.map((d, a) => d - (before[a] as number) - whole.dim(a)),
    );
  });
}
