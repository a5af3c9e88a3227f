import type { DType } from '../data.ts';
import type { OpName } from '../opset.ts';
import { describe, GraphError, makeTensor, type Shape, scalar, Tensor } from '../tensor.ts';

/** A tensor, or a number that stands for a float32 scalar. */
export type Operand = Tensor | number;

const lift = (x: Operand): Tensor => (x instanceof Tensor ? x : scalar(x));

/** The shape that numpy broadcasting gives two shapes, or undefined where they do not fit. */
export function broadcastShapes(a: Shape, b: Shape): Shape | undefined {
  const rank = Math.max(a.length, b.length);
  const out: number[] = [];
  for (let i = 0; i < rank; i++) {
    const x = a[a.length - rank + i] ?? 1;
    const y = b[b.length - rank + i] ?? 1;
    if (x !== y && x !== 1 && y !== 1) return undefined;
    out.push(Math.max(x, y));
  }
  return out;
}

type BinaryOp = 'add' | 'sub' | 'mul' | 'div' | 'maximum' | 'minimum' | 'equal';

function binary(op: BinaryOp, x: Operand, y: Operand): Tensor {
  const a = lift(x);
  const b = lift(y);
  if (a.dtype !== b.dtype) {
    throw new GraphError(`${op}: dtypes differ: ${describe(a)} and ${describe(b)}; cast one of them`);
  }
  const shape = broadcastShapes(a.shape, b.shape);
  if (!shape) throw new GraphError(`${op}: shapes do not broadcast: ${describe(a)} and ${describe(b)}`);
  return makeTensor(op, [a, b], {}, shape, op === 'equal' ? 'bool' : a.dtype);
}

/**
 * a + b, elementwise. Operands broadcast as in numpy; the result has their common shape and dtype.
 * @throws {GraphError} when the dtypes differ or the shapes do not broadcast.
 */
export const add = (a: Operand, b: Operand): Tensor => binary('add', a, b);
/**
 * a - b, elementwise. Operands broadcast as in numpy; the result has their common shape and dtype.
 * @throws {GraphError} when the dtypes differ or the shapes do not broadcast.
 */
export const sub = (a: Operand, b: Operand): Tensor => binary('sub', a, b);
/**
 * a b, elementwise. Operands broadcast as in numpy; the result has their common shape and dtype.
 * @throws {GraphError} when the dtypes differ or the shapes do not broadcast.
 */
export const mul = (a: Operand, b: Operand): Tensor => binary('mul', a, b);
/**
 * a / b, elementwise. Operands broadcast as in numpy; the result has their common shape and dtype.
 * @throws {GraphError} when the dtypes differ or the shapes do not broadcast.
 */
export const div = (a: Operand, b: Operand): Tensor => binary('div', a, b);
/**
 * The larger of a and b, elementwise. Operands broadcast as in numpy; the result has their common shape and dtype.
 * @throws {GraphError} when the dtypes differ or the shapes do not broadcast.
 */
export const maximum = (a: Operand, b: Operand): Tensor => binary('maximum', a, b);
/**
 * The smaller of a and b, elementwise. Operands broadcast as in numpy; the result has their common shape and dtype.
 * @throws {GraphError} when the dtypes differ or the shapes do not broadcast.
 */
export const minimum = (a: Operand, b: Operand): Tensor => binary('minimum', a, b);
/** Elementwise equality, as bool. Not differentiable. */
export const equal = (a: Operand, b: Operand): Tensor => binary('equal', a, b);

/** `condition ? a : b` elementwise with broadcasting; `condition` is bool. */
export function where(condition: Tensor, a: Operand, b: Operand): Tensor {
  const x = lift(a);
  const y = lift(b);
  if (condition.dtype !== 'bool')
    throw new GraphError(`where: the condition must be bool, got ${describe(condition)}`);
  const values = broadcastShapes(x.shape, y.shape);
  const shape = values && broadcastShapes(values, condition.shape);
  if (!shape || x.dtype !== y.dtype) {
    throw new GraphError(
      `where: operands do not fit: ${describe(condition)}, ${describe(x)}, ${describe(y)}`,
    );
  }
  return makeTensor('where', [condition, x, y], {}, shape, x.dtype);
}

type UnaryOp = {
  [K in OpName]: K extends
    | 'neg'
    | 'exp'
    | 'log'
    | 'sqrt'
    | 'reciprocal'
    | 'abs'
    | 'sign'
    | 'sin'
    | 'cos'
    | 'tanh'
    | 'erf'
    | 'sigmoid'
    | 'relu'
    | 'softplus'
    | 'gelu'
    | 'stopGradient'
    ? K
    : never;
}[OpName];

const unary =
  (op: UnaryOp) =>
  (x: Tensor): Tensor => {
    if (x.dtype !== 'float32') throw new GraphError(`${op}: expected float32, got ${describe(x)}`);
    return makeTensor(op, [x], {}, x.shape);
  };

/**
 * An elementwise op: float32 of any shape to float32 of the same shape.
 * @throws {GraphError} when the operand is not float32.
 */
export type Unary = (x: Tensor) => Tensor;
/** -x. */
export const neg: Unary = unary('neg');
/** e^x. */
export const exp: Unary = unary('exp');
/** Natural logarithm. */
export const log: Unary = unary('log');
/** The square root. */
export const sqrt: Unary = unary('sqrt');
/** 1 / x. */
export const reciprocal: Unary = unary('reciprocal');
/** The absolute value. */
export const abs: Unary = unary('abs');
/** -1, 0 or 1 by the sign of x. */
export const sign: Unary = unary('sign');
/** The sine of x in radians. */
export const sin: Unary = unary('sin');
/** The cosine of x in radians. */
export const cos: Unary = unary('cos');
/** The hyperbolic tangent. */
export const tanh: Unary = unary('tanh');
/** The error function, 2 / sqrt(pi) times the integral of e^(-t^2) from 0 to x. */
export const erf: Unary = unary('erf');
/** 1 / (1 + e^-x). */
export const sigmoid: Unary = unary('sigmoid');
/** max(x, 0). */
export const relu: Unary = unary('relu');
/** log(1 + e^x). */
export const softplus: Unary = unary('softplus');
/** Exact GELU, x Phi(x) (Hendrycks & Gimpel, 2016); not the tanh approximation. */
export const gelu: Unary = unary('gelu');
/**
 * `x` as it is, but not before `others` are there: keeps an engine from computing early what would only wait in memory.
 * They must be finite.
 */
export function after(x: Tensor, ...others: readonly Tensor[]): Tensor {
  return others.length === 0 ? x : makeTensor('after', [x, ...others], {}, x.shape);
}

/** The identity, through which no gradient flows. */
export const stopGradient: Unary = unary('stopGradient');

/** x sigmoid(alpha x); CLIP's quick_gelu with alpha 1.702. */
export function quickGelu(x: Tensor, alpha = 1.702): Tensor {
  return makeTensor('quickGelu', [x], { alpha }, x.shape);
}

/** SiLU (swish): x sigmoid(x). */
export const silu = (x: Tensor): Tensor => quickGelu(x, 1);

/** x x, elementwise; shape and dtype as x. */
export const square = (x: Tensor): Tensor => mul(x, x);

/** Converts the element type. The gradient passes between float types only. */
export function cast(x: Tensor, to: DType): Tensor {
  return x.dtype === to ? x : makeTensor('cast', [x], { to }, x.shape, to);
}
