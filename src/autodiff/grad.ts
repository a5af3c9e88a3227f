import {
  after,
  constant,
  describe,
  f32,
  GraphError,
  type Node,
  type OpName,
  sizeOf,
  type Tensor,
  topological,
} from '../graph/index.ts';
import { total } from './accumulate.ts';
import { type Block, blocksOf, recompute } from './checkpoint.ts';
import { type Rule, rules } from './rules.ts';

/**
 * Reverse-mode differentiation as a graph transform: the gradients of a scalar `loss` with respect to each tensor
 * of `wrt`, as new tensors of the same shapes. A tensor that the loss does not depend on gets zeros.
 */
export function grad(loss: Tensor, wrt: readonly Tensor[]): Tensor[] {
  if (loss.size !== 1) throw new GraphError(`grad: the loss must be a scalar, got ${describe(loss)}`);
  return vjp([loss], [constant(f32([1], loss.shape))], wrt);
}

/** The general form: pulls the gradients `cotangents` of `outputs` back to the tensors of `wrt`. */
export function vjp(
  outputs: readonly Tensor[],
  cotangents: readonly Tensor[],
  wrt: readonly Tensor[],
): Tensor[] {
  outputs.forEach((o, i) => {
    const g = cotangents[i];
    if (g?.shape.join() === o.shape.join()) return;
    throw new GraphError(
      `vjp: ${describe(o)} needs a gradient of its shape, got ${g ? describe(g) : 'none'}`,
    );
  });
  const { nodes } = topological(outputs);
  const owners = blocksOf(nodes);
  const active = new Set<Tensor>(wrt);
  for (const node of nodes) {
    if (node.op !== 'stopGradient' && node.inputs.some((i) => active.has(i)))
      for (const o of node.outputs) active.add(o);
  }

  const gradients = new Map<Tensor, Tensor[]>();
  const accumulate = (t: Tensor, g: Tensor): void => {
    const block = t.source.kind === 'node' ? owners.get(t.source.node) : undefined;
    if (block && block.output !== t) {
      throw new GraphError(`grad: ${describe(t)} is inside of a checkpointed block and used outside of it`);
    }
    const known = gradients.get(t);
    if (known) known.push(g);
    else gradients.set(t, [g]);
  };
  const sums = new Map<Tensor, Tensor>();
  const gradientOf = (t: Tensor): Tensor | undefined => {
    const all = gradients.get(t);
    if (!sums.has(t) && all) sums.set(t, total(all));
    return sums.get(t);
  };
  outputs.forEach((o, i) => {
    accumulate(o, cotangents[i] as Tensor);
  });

  for (const node of nodes.reverse()) {
    if (!node.outputs.some((o) => active.has(o))) continue;
    const [first, ...others] = node.outputs;
    const block = owners.get(node);
    if (block) {
      const g = block.output === first ? gradientOf(first as Tensor) : undefined;
      if (g) throughBlock(block, g, active, accumulate);
      continue;
    }
    if (others.some((o) => gradients.has(o))) {
      throw new GraphError(`grad: only the first output of ${node.op} is differentiable`);
    }
    const g = gradientOf(first as Tensor);
    if (!g) continue;
    const needs = node.inputs.map((i) => active.has(i));
    const rule = rules[node.op] as Rule<OpName>;
    const results = rule(node as Node, g, needs);
    node.inputs.forEach((t, i) => {
      const r = results[i];
      if (!needs[i] || !r) return;
      if (r.shape.join() !== t.shape.join()) {
        throw new GraphError(`grad: the rule of ${node.op} gave [${r.shape}] for ${describe(t)}`);
      }
      accumulate(t, r);
    });
  }
  return wrt.map((t) => gradientOf(t) ?? constant(f32(new Float32Array(sizeOf(t.shape)), t.shape)));
}

/** The gradients of a checkpointed block's inputs and parameters, by way of computing the block once more. */
function throughBlock(
  block: Block,
  g: Tensor,
  active: ReadonlySet<Tensor>,
  accumulate: (t: Tensor, g: Tensor) => void,
): void {
  const again = recompute(block, g);
  const parameters = new Set(
    block.nodes.flatMap((node) => node.inputs).filter((t) => t.source.kind !== 'node' && active.has(t)),
  );
  const inputs = block.inputs.flatMap((t, i) =>
    active.has(t) ? [[t, again.inputs[i] as Tensor] as const] : [],
  );
  for (const [t] of inputs) parameters.delete(t);
  const wanted = [...inputs.map(([, late]) => late), ...parameters];
  const results = vjp([again.output], [g], wanted);
  const ofParameters = results.slice(inputs.length);
  [...parameters].forEach((t, i) => {
    accumulate(t, ofParameters[i] as Tensor);
  });
  // An engine may leave gradients of parameters, which nothing else reads, to the end, and keep all blocks' insides for them.
  const waiting = ofParameters.filter((t) => t.source.kind === 'node');
  inputs.forEach(([t], i) => {
    accumulate(t, after(results[i] as Tensor, ...waiting));
  });
}
