import { cpuLowering } from './cpu.ts';
import { type LoweringTable, ms } from './lowering.ts';
import { conv, plainConvolutions, plainGemm } from './plain.ts';

/**
 * A kernel of ONNX Runtime serves the version of an operator that it was registered for and no later one, and by the list
 * of its kernels (onnxruntime's docs/OperatorKernels.md) the CUDA provider has Pad and ReduceMax of version 18 only: in
 * models of opset 20 or 21 they would run on the CPU, with copies there and back.
 */
export const cudaOpset = 18;

/**
 * The CUDA provider's lowerings, written by that list and not tried on a GPU. It has every operator that the CPU's table
 * uses, among them FusedMatMul, QuickGelu, RotaryEmbedding, and the norms' further outputs, but for the blocked layouts
 * of `com.microsoft.nchwc`. What it lacks falls back to the CPU: the Bitwise operators of `gemmNBitsInput`, and
 * GroupQueryAttention, which takes half precision only.
 */
export const cudaLowering: LoweringTable = {
  ...cpuLowering,
  ...plainGemm,
  ...plainConvolutions(conv),
  gelu: (_node, { onnx, inputs }) => onnx.node('Gelu', inputs, { domain: ms }), // ONNX's own begins with opset 20
};
