import type { DType, TensorData } from './data.ts';
import { ProtobufWriter } from './protobuf.ts';
import { GraphError } from './tensor.ts';

/** ONNX's TensorProto.DataType. */
export const onnxTypes: { readonly [K in DType]: number } = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  bfloat16: 16,
};

/** Value of a node’s attribute: an integer, a float, a string, or integers. */
export type OnnxAttribute = number | { readonly float: number } | string | readonly number[];

/** Where a value lies in a file beside the model, e.g. inside a `.safetensors`. */
export interface ExternalData {
  /** File name relative to the folder that the session is given. */
  readonly location: string;
  /** First byte in the file. */
  readonly offset: number;
  /** Number of bytes. */
  readonly length: number;
}

/** A parameter's values where they lie in a checkpoint file. */
export interface StoredTensor extends ExternalData {
  /** Element type in the file. */
  readonly dtype: DType;
  /** Sizes of the axes. */
  readonly shape: readonly number[];
}

/** An input or output of a program. */
export interface OnnxValue {
  /** Its name in feeds or results. */
  readonly name: string;
  /** Element type. */
  readonly dtype: DType;
  /** -1 for a dimension that is known only when the program runs. */
  readonly shape: readonly number[];
}

/** The version of ONNX's own operators, where nothing else is asked for. */
const latest = 21;

/** Other domains of operators with their versions; a model imports those that it uses. */
const opsets: Readonly<Record<string, number>> = { 'com.microsoft': 1, 'com.microsoft.nchwc': 1 };

/** Collects nodes and initializers and writes an ONNX ModelProto (onnx.proto3, IR version 10). */
export class OnnxWriter {
  private readonly nodes: ProtobufWriter[] = [];
  private readonly initializers: ProtobufWriter[] = [];
  private readonly constants = new Map<string, string>();
  private readonly known = new Map<string, readonly string[]>();
  private readonly domains = new Set(['']);
  private counter = 0;
  private readonly unknown: number | undefined;
  private readonly opset: number;

  /**
   * @param unknown the number that stands for a dimension which is known only when the model runs.
   * @param opset the version of ONNX's own operators.
   */
  constructor(unknown?: number, opset: number = latest) {
    this.unknown = unknown;
    this.opset = opset;
  }

  /** A name that no user value can have (those must not begin with '%'). */
  fresh(): string {
    return `%${this.counter++}`;
  }

  /**
   * Adds a node and returns the names of its outputs, which are fresh unless given; '' leaves one out. What was
   * computed before from the same inputs is not computed again.
   */
  node(type: string, inputs: readonly string[], options: NodeOptions = {}): readonly string[] {
    if (options.outputs) return this.write(type, inputs, options, options.outputs);
    const key = JSON.stringify([type, options.domain, inputs, options.attributes]);
    const outputs = this.known.get(key) ?? this.write(type, inputs, options, [this.fresh()]);
    this.known.set(key, outputs);
    return outputs;
  }

  private write(
    type: string,
    inputs: readonly string[],
    { attributes = {}, domain = '' }: NodeOptions,
    outputs: readonly string[],
  ): readonly string[] {
    const w = new ProtobufWriter();
    for (const i of inputs) w.bytes(1, i);
    for (const o of outputs) w.bytes(2, o);
    w.bytes(3, `${type}_${this.nodes.length}`).bytes(4, type);
    for (const [name, value] of Object.entries(attributes)) w.bytes(5, attribute(name, value));
    if (domain) w.bytes(7, domain);
    this.domains.add(domain);
    this.nodes.push(w);
    return outputs;
  }

  /** A value stored in the model itself. Equal small ones (shapes, axes, factors) are shared. */
  constant(value: TensorData): string {
    const { dtype, shape, data } = value;
    this.mustBeKnown(shape);
    const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const key = raw.length <= 128 ? `${dtype}|${shape}|${raw}` : undefined;
    const known = key && this.constants.get(key);
    if (known) return known;
    const name = this.fresh();
    this.initializers.push(header(name, dtype, shape).bytes(9, raw));
    if (key) this.constants.set(key, name);
    return name;
  }

  /** A constant that several nodes may need, known by a name that says what it holds. */
  shared(what: string, make: () => TensorData): string {
    const name = this.constants.get(what) ?? this.constant(make());
    this.constants.set(what, name);
    return name;
  }

  /** The target of a Reshape, int64 of rank 1. One dimension of it may be unknown until the model runs. */
  shape(values: readonly number[]): string {
    const isUnknown = values.map((v) => this.isUnknown(v));
    if (isUnknown.filter(Boolean).length > 1) {
      throw new GraphError(
        `a Reshape to [${values}] has more than one dimension that is known only at run time`,
      );
    }
    return this.ints(values.map((v, i) => (isUnknown[i] ? -1 : v)));
  }

  /** A shape with -1 for each dimension that is known only when the model runs. */
  open(shape: readonly number[]): readonly number[] {
    return shape.map((d) => (this.isUnknown(d) ? -1 : d));
  }

  private isUnknown(value: number): boolean {
    return this.unknown !== undefined && value >= this.unknown && value % this.unknown === 0;
  }

  private mustBeKnown(values: readonly number[]): void {
    if (!values.some((v) => this.isUnknown(v))) return;
    throw new GraphError(
      `[${values}] must be known when the graph is built, but depends on the dimension ${this.unknown}, which is not`,
    );
  }

  /** int64 constant of rank 1. */
  ints(values: readonly number[]): string {
    this.mustBeKnown(values);
    return this.constant({
      dtype: 'int64',
      shape: [values.length],
      data: BigInt64Array.from(values, BigInt),
    });
  }

  /** float32 scalar constant. */
  float(value: number): string {
    return this.constant({ dtype: 'float32', shape: [], data: Float32Array.of(value) });
  }

  /** A value that lies in an external file. */
  external(value: OnnxValue, data: ExternalData): void {
    const w = header(value.name, value.dtype, value.shape);
    const entries = { location: data.location, offset: String(data.offset), length: String(data.length) };
    for (const [k, v] of Object.entries(entries)) w.bytes(13, new ProtobufWriter().bytes(1, k).bytes(2, v));
    this.initializers.push(w.int(14, 1));
  }

  /** The model with these inputs and outputs, serialized. */
  finish(inputs: readonly OnnxValue[], outputs: readonly OnnxValue[]): Uint8Array {
    const graph = new ProtobufWriter();
    for (const n of this.nodes) graph.bytes(1, n);
    graph.bytes(2, 'moviedreamer');
    for (const i of this.initializers) graph.bytes(5, i);
    for (const i of inputs) graph.bytes(11, valueInfo(i));
    for (const o of outputs) graph.bytes(12, valueInfo(o));
    const model = new ProtobufWriter().int(1, 10).bytes(2, 'moviedreamer').bytes(7, graph);
    for (const domain of this.domains) {
      const version = domain === '' ? this.opset : (opsets[domain] ?? 1);
      model.bytes(8, new ProtobufWriter().bytes(1, domain).int(2, version));
    }
    return model.finish();
  }
}

/** Options of `OnnxWriter.node`. */
export interface NodeOptions {
  /** Attributes of the node by name. Default: none. */
  attributes?: Readonly<Record<string, OnnxAttribute>>;
  /** Domain of the operator. Default: ONNX’s own. */
  domain?: string;
  /** Names of the outputs. Default: one fresh name. */
  outputs?: readonly string[];
}

/** TensorProto without its data. */
function header(name: string, dtype: DType, shape: readonly number[]): ProtobufWriter {
  const w = new ProtobufWriter();
  for (const d of shape) w.int(1, d);
  return w.int(2, onnxTypes[dtype]).bytes(8, name);
}

function valueInfo({ name, dtype, shape }: OnnxValue): ProtobufWriter {
  const dims = new ProtobufWriter();
  for (const d of shape) dims.bytes(1, d < 0 ? new ProtobufWriter() : new ProtobufWriter().int(1, d));
  const tensor = new ProtobufWriter().int(1, onnxTypes[dtype]).bytes(2, dims);
  return new ProtobufWriter().bytes(1, name).bytes(2, new ProtobufWriter().bytes(1, tensor));
}

function attribute(name: string, value: OnnxAttribute): ProtobufWriter {
  const w = new ProtobufWriter().bytes(1, name);
  if (typeof value === 'number') return w.int(3, value).int(20, 2);
  if (typeof value === 'string') return w.bytes(4, value).int(20, 3);
  if ('float' in value) return w.float(2, value.float).int(20, 1);
  for (const v of value) w.int(8, v);
  return w.int(20, 7);
}
