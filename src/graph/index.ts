export * from './data.ts';
export {
  cpuLowering,
  type Lowering,
  type LoweringContext,
  type LoweringTable,
  type Provider,
  providers,
} from './lowering/index.ts';
export type { NodeOptions, OnnxAttribute, StoredTensor } from './onnx.ts';
export { type ExternalData, type OnnxValue, OnnxWriter } from './onnx.ts';
export * from './ops/index.ts';
export type { CacheAttributes, ConvAttributes, NBitsAttributes, OpAttributes, OpName } from './opset.ts';
export type { Precision } from './precision.ts';
export {
  type CompileOptions,
  compile,
  type OnnxProgram,
  type Target,
} from './program.ts';
export * from './scope.ts';
export {
  constant,
  describe,
  GraphError,
  input,
  makeNode,
  type Node,
  parameter,
  type Shape,
  type Source,
  scalar,
  Tensor,
  topological,
} from './tensor.ts';
