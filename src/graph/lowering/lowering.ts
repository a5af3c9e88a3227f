import type { OnnxWriter } from '../onnx.ts';
import type { OpName } from '../opset.ts';
import type { Node } from '../tensor.ts';

/** What a lowering rule works with: the names of a node's inputs, and which of its outputs anybody reads. */
export interface LoweringContext {
  /** The model that nodes are added to. */
  readonly onnx: OnnxWriter;
  /** Names of the node’s inputs in that model. */
  readonly inputs: readonly string[];
  /** Whether any node or the caller reads output number `output`. */
  isUsed(output: number): boolean;
  /** A scalar constant of the float type that the op computes in. */
  float(value: number): string;
  /** Whether an input's value is known when the session is made: a constant, or a weight in a file. */
  isFixed(input: number): boolean;
}

/** Writes the ONNX nodes for one op; returns a name for each output (undefined where it is not used). */
export type Lowering<K extends OpName> = (
  node: Node<K>,
  context: LoweringContext,
) => readonly (string | undefined)[];

/** One lowering rule for each op. */
export type LoweringTable = { readonly [K in OpName]: Lowering<K> };

/** A part of the table. */
export type Lowerings<K extends OpName> = Pick<LoweringTable, K>;

/** Domain of ONNX Runtime's own operators. */
export const ms = 'com.microsoft';

/** An op that is one ONNX node without attributes. */
export const direct =
  (type: string) =>
  (_node: Node, { onnx, inputs }: LoweringContext): readonly string[] =>
    onnx.node(type, inputs);
