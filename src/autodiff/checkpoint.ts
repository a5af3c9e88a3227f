import { after, GraphError, makeNode, type Node, type OpName, type Tensor } from '../graph/index.ts';

/** What goes into each checkpointed block, by what comes out. */
const blocks = new WeakMap<Tensor, readonly Tensor[]>();

/**
 * Activation checkpointing (Chen et al., 2016, "Training Deep Nets with Sublinear Memory Cost"): a block of a model whose
 * inside is computed once more in the backward pass instead of being kept, so that of each block only its inputs wait in
 * memory. Forward nothing changes.
 * @param inputs all tensors that the block uses beside parameters and constants
 * @param build its one output
 */
export function checkpoint(inputs: readonly Tensor[], build: () => Tensor): Tensor {
  const y = build();
  if (y.source.kind === 'node' && !inputs.includes(y)) blocks.set(y, inputs);
  return y;
}

/** A block as the backward pass sees it. */
export interface Block {
  readonly output: Tensor;
  readonly inputs: readonly Tensor[];
  /** Each after the ones that it depends on. */
  readonly nodes: readonly Node[];
}

/**
 * The blocks that hold the nodes of a graph, given in topological order, by node. Of blocks inside of blocks the outermost
 * counts. Throws `GraphError` where a node belongs to two.
 */
export function blocksOf(nodes: readonly Node[]): Map<Node, Block> {
  const owners = new Map<Node, Block>();
  for (const node of nodes.toReversed()) {
    const output = node.outputs[0] as Tensor;
    const inputs = blocks.get(output);
    if (!inputs || owners.has(node)) continue;
    const block: Block = { output, inputs, nodes: between(inputs, output) };
    for (const inner of block.nodes) {
      if (owners.has(inner)) {
        throw new GraphError(
          `checkpoint: ${inner.op} belongs to two blocks; name what a block uses as its inputs`,
        );
      }
      owners.set(inner, block);
    }
  }
  return owners;
}

/** Nodes on the way from `inputs` to `output`. */
function between(inputs: readonly Tensor[], output: Tensor): Node[] {
  const stop = new Set(inputs);
  const nodes: Node[] = [];
  const seen = new Set<Node>();
  const stack: { node: Node; expanded: boolean }[] = [];
  const visit = (t: Tensor): void => {
    if (t.source.kind === 'node' && !stop.has(t) && !seen.has(t.source.node))
      stack.push({ node: t.source.node, expanded: false });
  };
  visit(output);
  for (let top = stack.pop(); top; top = stack.pop()) {
    if (seen.has(top.node)) continue;
    if (top.expanded) {
      seen.add(top.node);
      nodes.push(top.node);
      continue;
    }
    stack.push({ node: top.node, expanded: true });
    for (const input of top.node.inputs.toReversed()) visit(input);
  }
  return nodes;
}

/**
 * The block's output once more, not before `gradient` is there: an engine would otherwise join the second computation
 * with the first, or do it early and keep it. Returns what stands for each input, too.
 */
export function recompute(
  { output, inputs, nodes }: Block,
  gradient: Tensor,
): { output: Tensor; inputs: Tensor[] } {
  const again = new Map<Tensor, Tensor>();
  const late = inputs.map((t) => (t.dtype === 'float32' ? after(t, gradient) : t));
  inputs.forEach((t, i) => {
    again.set(t, late[i] as Tensor);
  });
  for (const { op, inputs: from, attributes, outputs } of nodes) {
    const copies = makeNode(
      op as OpName,
      from.map((t) => again.get(t) ?? t),
      attributes,
      outputs,
    );
    outputs.forEach((t, i) => {
      again.set(t, copies[i] as Tensor);
    });
  }
  return { output: again.get(output) as Tensor, inputs: late };
}
