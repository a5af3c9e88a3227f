import { bytesPerElement, sizeOf, type Tensor, topological } from '../graph/index.ts';

/** Ops whose result is their input's memory. */
const views: ReadonlySet<string> = new Set(['reshape', 'stopGradient']);

/**
 * Peak bytes of live intermediates when nodes run in topological order and each result is freed after its last use. No
 * buffer sharing is assumed. Parameters, constants, inputs and the tensors of `elsewhere` (gradients, which go
 * into memory that is there already) do not count.
 */
export function peakActivations(
  outputs: readonly Tensor[],
  elsewhere: ReadonlySet<Tensor> = new Set(),
): number {
  const { nodes } = topological(outputs);
  const owner = new Map<Tensor, Tensor>();
  const ownerOf = (t: Tensor): Tensor => owner.get(t) ?? t;
  const last = new Map<Tensor, number>();
  nodes.forEach((node, i) => {
    const [first] = node.inputs;
    if (views.has(node.op) && first) owner.set(node.outputs[0] as Tensor, ownerOf(first));
    for (const t of node.inputs) last.set(ownerOf(t), i);
  });
  for (const t of outputs) last.set(ownerOf(t), nodes.length);
  const endsAt = new Map<number, Tensor[]>();
  for (const [t, i] of last) endsAt.set(i, [...(endsAt.get(i) ?? []), t]);
  const counts = (t: Tensor): boolean =>
    t.source.kind === 'node' && ownerOf(t) === t && last.has(t) && !elsewhere.has(t);
  const bytes = (t: Tensor): number => sizeOf(t.shape) * bytesPerElement[t.dtype];
  let held = 0;
  let peak = 0;
  nodes.forEach((node, i) => {
    for (const t of node.outputs) if (counts(t)) held += bytes(t);
    peak = Math.max(peak, held);
    for (const t of endsAt.get(i) ?? []) if (counts(t)) held -= bytes(t);
  });
  return peak;
}
