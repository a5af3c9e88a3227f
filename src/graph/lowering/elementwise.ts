import { type OnnxWriter, onnxTypes } from '../onnx.ts';
import type { Tensor } from '../tensor.ts';
import { direct, type Lowerings, ms } from './lowering.ts';

export const elementwise: Lowerings<
  | 'add'
  | 'sub'
  | 'mul'
  | 'div'
  | 'maximum'
  | 'minimum'
  | 'equal'
  | 'where'
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
  | 'quickGelu'
  | 'cast'
  | 'stopGradient'
  | 'after'
> = {
  add: direct('Add'),
  sub: direct('Sub'),
  mul: direct('Mul'),
  div: direct('Div'),
  maximum: direct('Max'),
  minimum: direct('Min'),
  equal: direct('Equal'),
  where: direct('Where'),
  neg: direct('Neg'),
  exp: direct('Exp'),
  log: direct('Log'),
  sqrt: direct('Sqrt'),
  reciprocal: direct('Reciprocal'),
  abs: direct('Abs'),
  sign: direct('Sign'),
  sin: direct('Sin'),
  cos: direct('Cos'),
  tanh: direct('Tanh'),
  erf: direct('Erf'),
  sigmoid: direct('Sigmoid'),
  relu: direct('Relu'),
  softplus: direct('Softplus'),
  gelu: direct('Gelu'),
  quickGelu: (node, { onnx, inputs }) =>
    onnx.node('QuickGelu', inputs, { domain: ms, attributes: { alpha: { float: node.attributes.alpha } } }),
  cast: (node, { onnx, inputs }) =>
    onnx.node('Cast', inputs, { attributes: { to: onnxTypes[node.attributes.to] } }),
  stopGradient: (_node, { inputs }) => inputs,
  // adding nothing that depends on the other one: no optimizer can know that it is nothing
  after: (node, { onnx, inputs }) => {
    const [x, other] = inputs as [string, string];
    return onnx.node('Add', [x, nothingOf(onnx, other, node.inputs[1] as Tensor)]);
  },
};

/** A zero, float32 [1], that is known only when the tensor is. */
export function nothingOf(onnx: OnnxWriter, name: string, t: Tensor): string {
  const [flat] = onnx.node('Reshape', [name, onnx.ints([t.size])]) as [string];
  const [first] = onnx.node('Slice', [flat, onnx.ints([0]), onnx.ints([1])]) as [string];
  return onnx.node('Mul', [first, onnx.float(0)])[0] as string;
}
