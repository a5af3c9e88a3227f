import type { DType } from './data.ts';
import { cpuLowering, type Lowering, type LoweringTable } from './lowering/index.ts';
import { type ExternalData, type OnnxValue, OnnxWriter, onnxTypes } from './onnx.ts';
import type { OpAttributes, OpName } from './opset.ts';
import { checkName, GraphError, type Node, type Tensor, topological } from './tensor.ts';

/** An ONNX model ready for a session, with the names and shapes of what goes in and comes out. */
export interface OnnxProgram {
  readonly bytes: Uint8Array;
  /** Fed at every run: inputs first, then parameters that have no external data. */
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  /** Folder in which external data locations resolve. */
  readonly external?: string;
}

/** A parameter's values where they lie in a checkpoint file. */
export interface StoredTensor extends ExternalData {
  readonly dtype: DType;
  readonly shape: readonly number[];
}

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
}

/** Writes the graph that computes `outputs` as an ONNX model. */
export function compile(
  outputs: Readonly<Record<string, Tensor>>,
  options: CompileOptions = {},
): OnnxProgram {
  const { weights, unknown, lowering = cpuLowering } = options;
  if (Object.keys(outputs).length === 0) throw new GraphError('compile: needs at least one output');
  const onnx = new OnnxWriter(unknown);
  const { tensors, nodes } = topological(Object.values(outputs));
  const names = new Map<Tensor, string>();
  const inputs = new Map<string, OnnxValue>();
  const fed: OnnxValue[] = [];

  const feed = (t: Tensor, name: string, list: OnnxValue[] | undefined): void => {
    if (inputs.has(name)) throw new GraphError(`compile: two inputs or parameters are called '${name}'`);
    const value = { name, dtype: t.dtype, shape: onnx.open(t.shape) };
    inputs.set(name, value);
    list?.push(value);
    names.set(t, name);
  };

  const stored = new Map<Tensor, StoredTensor>();
  const constants = new Set<Tensor>();
  const leaves = tensors.filter((t) => t.source.kind !== 'node');
  for (const t of leaves) if (t.source.kind === 'input') feed(t, t.source.name, fed);
  for (const t of leaves) {
    if (t.source.kind === 'constant') {
      names.set(t, onnx.constant(t.source.value));
      constants.add(t);
    }
    if (t.source.kind !== 'parameter') continue;
    const { name } = t.source;
    const found = weights?.locate(name);
    feed(t, name, found ? undefined : fed);
    if (!found) continue;
    checkStored(name, t, found);
    stored.set(t, found);
    names.delete(t); // what is stored becomes part of the model when something reads it
  }

  const nameOf = (t: Tensor): string => {
    const known = names.get(t);
    if (known !== undefined) return known;
    const place = stored.get(t) as StoredTensor;
    const name = t.source.kind === 'parameter' ? t.source.name : onnx.fresh();
    onnx.external({ name, dtype: place.dtype, shape: place.shape }, place);
    const wide =
      place.dtype === t.dtype
        ? name
        : (onnx.node('Cast', [name], { attributes: { to: onnxTypes.float32 } })[0] as string);
    names.set(t, wide);
    return wide;
  };

  const used = new Set<Tensor>(Object.values(outputs));
  for (const node of nodes) for (const i of node.inputs) used.add(i);
  for (const node of nodes) {
    const rows = storedRows(node, stored);
    if (rows) {
      stored.set(node.outputs[0] as Tensor, rows);
      continue;
    }
    const lower = lowering[node.op] as Lowering<OpName>;
    const results = lower(node, {
      onnx,
      inputs: node.inputs.map(nameOf),
      isFixed: (i) => constants.has(node.inputs[i] as Tensor) || stored.has(node.inputs[i] as Tensor),
      isUsed: (i) => used.has(node.outputs[i] as Tensor),
    });
    node.outputs.forEach((t, i) => {
      const name = results[i];
      if (name) names.set(t, name);
    });
  }

  const results = Object.entries(outputs).map(([name, t]) => {
    checkName(name);
    if (inputs.has(name))
      throw new GraphError(`compile: output '${name}' has the name of an input or parameter`);
    onnx.node('Identity', [nameOf(t)], { outputs: [name] });
    return { name, dtype: t.dtype, shape: onnx.open(t.shape) };
  });
  return {
    bytes: onnx.finish(fed, results),
    inputs: fed,
    outputs: results,
    ...(weights ? { external: weights.folder } : {}),
  };
}

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
function storedRows(node: Node, stored: ReadonlyMap<Tensor, StoredTensor>): StoredTensor | undefined {
  const whole = stored.get(node.inputs[0] as Tensor);
  if (!whole || node.op !== 'slice') return undefined;
  const { axis, start, step } = node.attributes as OpAttributes['slice'];
  if (axis !== 0 || step !== 1) return undefined;
  const { shape } = node.outputs[0] as Tensor;
  const row = whole.length / (whole.shape[0] as number);
  return { ...whole, shape, offset: whole.offset + start * row, length: (shape[0] as number) * row };
}
