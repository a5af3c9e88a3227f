import type { OpName, Shape, Tensor } from '../../graph/index.ts';
import type { Nd } from './nd.ts';

/** How the values of a test input are drawn. */
export interface InputSpec {
  readonly shape: Shape;
  readonly dtype?: 'float32' | 'int64' | 'bool';
  /** Uniform float32 bounds, or integer bounds with the upper one excluded; -2 .. 2 by default. */
  readonly range?: readonly [number, number];
  /** Fixed values instead of drawn ones. */
  readonly values?: readonly number[];
}

/** One application of an op with the truth that it is checked against. */
export interface OpCase {
  readonly name: string;
  readonly inputs: readonly InputSpec[];
  readonly build: (...tensors: readonly Tensor[]) => Tensor;
  /** The value in plain double precision; its central differences are the gradient's truth. */
  readonly reference: (...values: readonly Nd[]) => Nd;
  /** The gradients of the float inputs in closed form, given the output's gradient. */
  readonly gradient?: (g: Nd, ...values: readonly Nd[]) => readonly Nd[];
  /**
   * 'none': asking for a gradient is an error. 'zero': nothing flows back, though the value varies. 'closed': only
   * the closed form is compared, because the value has a kink at the inputs.
   */
  readonly gradients?: 'all' | 'none' | 'zero' | 'closed';
  /** The gradient's own gradient is checked as well. */
  readonly second?: boolean;
  /** Relative L2 error allowed, 2e-6 for values and 2e-5 for gradients by default. */
  readonly tolerance?: number;
}

export type OpCases<K extends OpName> = { readonly [P in K]: readonly OpCase[] };

/** Input specs from shapes alone. */
export const like = (...shapes: readonly Shape[]): InputSpec[] => shapes.map((shape) => ({ shape }));
