import { type ErrorCode, MovieDreamerError } from '../base/index.ts';
import { type DType, sizeOf, type TensorData } from './data.ts';
import type { OpAttributes, OpName } from './opset.ts';

/** Sizes of the axes; `[]` for a scalar. */
export type Shape = readonly number[];

/** One application of an op. Nodes and tensors are immutable: a graph is what can be reached from its outputs. */
export interface Node<K extends OpName = OpName> {
  /** Name of the op. */
  readonly op: K;
  /** Operands, in the order that the op defines. */
  readonly inputs: readonly Tensor[];
  /** Static parameters of the op, such as axes. */
  readonly attributes: OpAttributes[K];
  /** Results; most ops have one. */
  readonly outputs: readonly Tensor[];
}

/** Where a tensor's value comes from. */
export type Source =
  | { readonly kind: 'node'; readonly node: Node; readonly index: number }
  | { readonly kind: 'input'; readonly name: string }
  | { readonly kind: 'parameter'; readonly name: string }
  | { readonly kind: 'constant'; readonly value: TensorData };

/** A symbolic tensor: dtype and (static) shape are known when the graph is built, values when it runs. */
export class Tensor {
  /** Element type. */
  readonly dtype: DType;
  /** Sizes of the axes. */
  readonly shape: Shape;
  /** What gives the tensor its value. */
  readonly source: Source;

  /** Makes a tensor without checks. Models use `input`, `parameter`, `constant` and the ops instead. */
  constructor(dtype: DType, shape: Shape, source: Source) {
    this.dtype = dtype;
    this.shape = shape;
    this.source = source;
  }

  /** Number of axes. */
  get rank(): number {
    return this.shape.length;
  }

  /** Number of elements. */
  get size(): number {
    return sizeOf(this.shape);
  }

  /** The size of an axis; negative axes count from the end. */
  dim(axis: number): number {
    const size = this.shape.at(axis);
    if (size === undefined) throw new GraphError(`axis ${axis} is out of range for ${describe(this)}`);
    return size;
  }
}

/** A mistake in how a graph was put together: says which op, what it expected and what it got. */
export class GraphError extends MovieDreamerError {
  static override readonly kind: string = 'GraphError';
  static override readonly code: ErrorCode = 'GRAPH_INVALID';
}

/** An input that is fed at every run. */
export function input(name: string, shape: Shape, dtype: DType = 'float32'): Tensor {
  return new Tensor(dtype, checkShape(`input '${name}'`, shape), { kind: 'input', name: checkName(name) });
}

/** A trained value, known by its path in the checkpoint. Models make these through `Scope.param`. */
export function parameter(name: string, shape: Shape, dtype: DType = 'float32'): Tensor {
  return new Tensor(dtype, checkShape(`parameter '${name}'`, shape), {
    kind: 'parameter',
    name: checkName(name),
  });
}

/** A value that is part of the graph itself. */
export function constant(value: TensorData): Tensor {
  return new Tensor(value.dtype, checkShape('constant', value.shape), { kind: 'constant', value });
}

/** A float32 scalar constant, shape []. */
export function scalar(value: number): Tensor {
  return constant({ dtype: 'float32', shape: [], data: Float32Array.of(value) });
}

/** Creates a node; `outputs` are the dtypes and shapes that the op's inference found. */
export function makeNode<K extends OpName>(
  op: K,
  inputs: readonly Tensor[],
  attributes: OpAttributes[K],
  outputs: readonly { dtype?: DType; shape: Shape }[],
): Tensor[] {
  const tensors: Tensor[] = [];
  const node: Node<K> = { op, inputs, attributes, outputs: tensors };
  outputs.forEach((o, index) => {
    tensors.push(
      new Tensor(o.dtype ?? 'float32', checkShape(op, o.shape), {
        kind: 'node',
        node: node as unknown as Node,
        index,
      }),
    );
  });
  return tensors;
}

/** The usual case of `makeNode`: one float32 output. */
export function makeTensor<K extends OpName>(
  op: K,
  inputs: readonly Tensor[],
  attributes: OpAttributes[K],
  shape: Shape,
  dtype: DType = 'float32',
): Tensor {
  return makeNode(op, inputs, attributes, [{ dtype, shape }])[0] as Tensor;
}

/**
 * A tensor in words for error messages. What an op computed is named by the nearest parameter that went
 * into it, because that path is where a person looks for the mistake.
 */
export function describe(t: Tensor): string {
  const shape = `[${t.shape.join(', ')}]${t.dtype === 'float32' ? '' : ` ${t.dtype}`}`;
  switch (t.source.kind) {
    case 'input':
      return `input '${t.source.name}' ${shape}`;
    case 'parameter':
      return `parameter '${t.source.name}' ${shape}`;
    case 'constant':
      return `constant ${shape}`;
    case 'node': {
      const near = nearestParameter(t);
      return `result of ${t.source.node.op} ${shape}${near ? ` (computed with '${near}')` : ''}`;
    }
  }
}

function nearestParameter(t: Tensor): string | undefined {
  let level = [t];
  for (let depth = 0; depth < 8 && level.length > 0; depth++) {
    const next: Tensor[] = [];
    for (const u of level) {
      if (u.source.kind === 'parameter') return u.source.name;
      if (u.source.kind === 'node') next.push(...u.source.node.inputs);
    }
    level = next.slice(0, 64);
  }
  return undefined;
}

function checkShape(who: string, shape: Shape): Shape {
  for (const d of shape) {
    if (!Number.isInteger(d) || d < 1) {
      throw new GraphError(`${who}: every dimension must be a positive integer, got [${shape.join(', ')}]`);
    }
  }
  return Object.freeze([...shape]);
}

/** Names that begin with '%' belong to computed values: a clash would silently corrupt results in the engine. */
export function checkName(name: string): string {
  if (name === '' || name.startsWith('%')) {
    throw new GraphError(`tensor names must not be empty or begin with '%', got '${name}'`);
  }
  return name;
}

/** Everything that `outputs` depend on, each tensor after the ones it is computed from. */
export function topological(outputs: readonly Tensor[]): { tensors: Tensor[]; nodes: Node[] } {
  const tensors: Tensor[] = [];
  const nodes: Node[] = [];
  const seen = new Set<Tensor | Node>();
  // An explicit stack: deep models would overflow the call stack.
  const stack: { item: Tensor; expanded: boolean }[] = [...outputs]
    .reverse()
    .map((item) => ({ item, expanded: false }));
  while (stack.length > 0) {
    const top = stack.pop() as { item: Tensor; expanded: boolean };
    const { item } = top;
    if (seen.has(item)) continue;
    if (item.source.kind !== 'node' || top.expanded) {
      seen.add(item);
      tensors.push(item);
      if (item.source.kind === 'node' && !seen.has(item.source.node)) {
        seen.add(item.source.node);
        nodes.push(item.source.node);
      }
      continue;
    }
    stack.push({ item, expanded: true });
    for (let i = item.source.node.inputs.length - 1; i >= 0; i--) {
      const t = item.source.node.inputs[i] as Tensor;
      if (!seen.has(t)) stack.push({ item: t, expanded: false });
    }
  }
  return { tensors, nodes };
}
