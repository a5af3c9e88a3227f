import { cpuLowering, type Lowering, type LoweringTable, type Provider } from './lowering/index.ts';
import { type OnnxValue, OnnxWriter, onnxTypes, type StoredTensor } from './onnx.ts';
import type { OpAttributes, OpName } from './opset.ts';
import { fitsHalf, halfRole, type Precision } from './precision.ts';
import { checkName, GraphError, type Node, type Tensor, topological } from './tensor.ts';
import { Values, type Width } from './values.ts';

/** An ONNX model ready for a session, with the names and shapes of what goes in and comes out. */
export interface OnnxProgram {
  /** The ONNX ModelProto, serialized. */
  readonly bytes: Uint8Array;
  /** Fed at every run: inputs first, then parameters that have no external data. */
  readonly inputs: readonly OnnxValue[];
  /** Outputs in the order of `compile`. */
  readonly outputs: readonly OnnxValue[];
  /** Folder in which external data locations resolve. */
  readonly external?: string;
}

/** Options of `compile`. */
export interface CompileOptions {
  /**
   * Finds a parameter's values on disk; they are then mapped, not copied, and half-precision ones are widened in
   * the graph. Without it parameters are fed like inputs, as training does.
   */
  weights?: { readonly folder: string; locate(name: string): StoredTensor | undefined };
  /**
   * A number that stands for a dimension which is known only when the program runs: wherever it is a dimension of an
   * input or the target of a reshape, the program takes any. Choose one that no other dimension has, a large prime.
   */
  unknown?: number;
  /** Lowering table of the device; the CPU's by default. */
  lowering?: LoweringTable;
  /** The version of ONNX's operators that the device has kernels for; 21 by default. */
  opset?: number;
  /**
   * `float16`: products and what lies between them are computed in half precision, norms, softmax and all other sums in
   * float32; weights that are stored in half precision are used as they are. Inputs and outputs stay float32. For
   * inference on devices: the CPU widens every value again. Default: float32.
   */
  precision?: Precision;
}

/** What a program is written for: a device's operators, and what it computes in. */
export type Target = Partial<Provider> & Pick<CompileOptions, 'precision'>;

/** Writes the graph that computes `outputs` as an ONNX model. */
export function compile(
  outputs: Readonly<Record<string, Tensor>>,
  options: CompileOptions = {},
): OnnxProgram {
  const { weights, unknown, lowering = cpuLowering, opset, precision = 'float32' } = options;
  if (Object.keys(outputs).length === 0) throw new GraphError('compile: needs at least one output');
  const onnx = new OnnxWriter(unknown, opset);
  const { tensors, nodes } = topological(Object.values(outputs));
  const values = new Values(onnx);
  const inputs = new Map<string, OnnxValue>();
  const fed: OnnxValue[] = [];

  const claim = (t: Tensor, name: string): OnnxValue => {
    if (inputs.has(name)) throw new GraphError(`compile: two inputs or parameters are called '${name}'`);
    const value = { name, dtype: t.dtype, shape: onnx.open(t.shape) };
    inputs.set(name, value);
    return value;
  };
  const feed = (t: Tensor, name: string): void => {
    fed.push(claim(t, name));
    values.set(t, name);
  };

  const constants = new Set<Tensor>();
  const leaves = tensors.filter((t) => t.source.kind !== 'node');
  for (const t of leaves) if (t.source.kind === 'input') feed(t, t.source.name);
  for (const t of leaves) {
    if (t.source.kind === 'constant') {
      values.set(t, onnx.constant(t.source.value));
      constants.add(t);
    }
    if (t.source.kind !== 'parameter') continue;
    const { name } = t.source;
    const found = weights?.locate(name);
    if (!found) {
      feed(t, name);
      continue;
    }
    claim(t, name);
    checkStored(name, t, found);
    values.store(t, found); // it becomes part of the model when something reads it
  }

  const isStored = (t: Tensor): boolean => values.storedAt(t) !== undefined;
  const used = new Set<Tensor>(Object.values(outputs));
  for (const node of nodes) for (const i of node.inputs) used.add(i);
  for (const node of nodes) {
    const rows = storedRows(node, values);
    if (rows) {
      values.store(node.outputs[0] as Tensor, rows);
      continue;
    }
    const { reads, writes } = precision === 'float16' ? widthsOf(node, values) : full;
    const lower = lowering[node.op] as Lowering<OpName>;
    const results = lower(node, {
      onnx,
      inputs: node.inputs.map((t) => values.name(t, reads)),
      isFixed: (i) => constants.has(node.inputs[i] as Tensor) || isStored(node.inputs[i] as Tensor),
      isUsed: (i) => used.has(node.outputs[i] as Tensor),
      float: (value) => (reads === 'half' ? halfOf(onnx, onnx.float(value)) : onnx.float(value)),
    });
    node.outputs.forEach((t, i) => {
      const name = results[i];
      if (!name) return;
      const computed = reads === 'half' && t.dtype === 'float32' ? 'half' : 'full';
      if (i > 0 || writes === computed) values.set(t, name, computed);
      else values.set(t, halfOf(onnx, name), writes);
    });
  }

  const results = Object.entries(outputs).map(([name, t]) => {
    checkName(name);
    if (inputs.has(name))
      throw new GraphError(`compile: output '${name}' has the name of an input or parameter`);
    onnx.node('Identity', [values.name(t)], { outputs: [name] });
    return { name, dtype: t.dtype, shape: onnx.open(t.shape) };
  });
  return {
    bytes: onnx.finish(fed, results),
    inputs: fed,
    outputs: results,
    ...(weights ? { external: weights.folder } : {}),
  };
}

/** What an op reads, and what its first output becomes. */
interface Widths {
  readonly reads: Width;
  readonly writes: Width;
}

const full: Widths = { reads: 'full', writes: 'full' };
const half: Widths = { reads: 'half', writes: 'half' };

/** Where the precision is float16. */
function widthsOf(node: Node, values: Values): Widths {
  if (node.outputs[0]?.dtype !== 'float32') return full;
  const floats = node.inputs.filter((t) => t.dtype === 'float32');
  switch (halfRole(node)) {
    case 'product':
      return half;
    case 'norm':
      return values.isHalf(node.inputs[0] as Tensor) ? { reads: 'full', writes: 'half' } : full;
    case 'light': {
      const are = floats.some((t) => values.isHalf(t));
      return are && floats.every((t) => values.isHalf(t) || fitsHalf(t)) ? half : full;
    }
    case undefined:
      return full;
  }
}

const halfOf = (onnx: OnnxWriter, name: string): string =>
  onnx.node('Cast', [name], { attributes: { to: onnxTypes.float16 } })[0] as string;

function checkStored(name: string, t: Tensor, { dtype, shape, location }: StoredTensor): void {
  if (shape.join() !== t.shape.join()) {
    throw new GraphError(
      `compile: parameter '${name}' is [${t.shape}] in the model and [${shape}] in ${location}`,
    );
  }
  const fits = t.dtype === 'float32' ? dtype.includes('float') : dtype === t.dtype;
  if (!fits) {
    const expected = t.dtype === 'float32' ? 'floats' : t.dtype;
    throw new GraphError(`compile: parameter '${name}' is ${dtype} in ${location}, expected ${expected}`);
  }
}

/** Rows of a stored tensor lie in the file like a tensor of their own, so cutting them out copies nothing. */
function storedRows(node: Node, values: Values): StoredTensor | undefined {
  const whole = values.storedAt(node.inputs[0] as Tensor);
  if (!whole || node.op !== 'slice') return undefined;
  const { axis, start, step } = node.attributes as OpAttributes['slice'];
  if (axis !== 0 || step !== 1) return undefined;
  const { shape } = node.outputs[0] as Tensor;
  const row = whole.length / (whole.shape[0] as number);
  return { ...whole, shape, offset: whole.offset + start * row, length: (shape[0] as number) * row };
}
