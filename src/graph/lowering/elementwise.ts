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
  // adding nothing that depends on the others: no optimizer can know that it is nothing
  after: (node, { onnx, inputs, float }) => {
    const [x, ...others] = inputs as [string, ...string[]];
    const firsts = others.map((name, i) => firstOf(onnx, name, node.inputs[i + 1] as Tensor));
    const [all] = firsts.length === 1 ? firsts : onnx.node('Concat', firsts, { attributes: { axis: 0 } });
    const nothing = onnx.node('Mul', [all as string, float(0)]);
    const sum =
      firsts.length === 1
        ? nothing
        : onnx.node('ReduceSum', [...nothing, onnx.ints([0])], { attributes: { keepdims: 1 } });
    return onnx.node('Add', [x, ...sum]);
  },
};

/** The first value of a tensor, [1]. */
function firstOf(onnx: OnnxWriter, name: string, { size }: Tensor): string {
  const [flat] = onnx.node('Reshape', [name, onnx.ints([size])]) as [string];
  return onnx.node('Slice', [flat, onnx.ints([0]), onnx.ints([1])])[0] as string;
}
