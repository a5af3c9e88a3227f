import { cpuLowering } from './cpu.ts';
import { cudaLowering, cudaOpset } from './cuda.ts';
import type { LoweringTable } from './lowering.ts';
import { webgpuCachedPositions, webgpuLowering } from './webgpu.ts';

/** How graphs are written for one of ONNX Runtime's providers. What it lacks falls back to the CPU, node by node. */
export interface Provider {
  /** How ops are written for the device. */
  readonly lowering: LoweringTable;
  /** The version of ONNX's operators, where not the default one. */
  readonly opset?: number;
  /** The most new positions that `groupQueryAttention` may be given at once, where there is a limit. */
  readonly cachedPositions?: number;
}

/** How graphs are written for each of ONNX Runtime's execution providers. */
export const providers: Readonly<Record<'cpu' | 'webgpu' | 'cuda', Provider>> = {
  cpu: { lowering: cpuLowering },
  webgpu: { lowering: webgpuLowering, cachedPositions: webgpuCachedPositions },
  cuda: { lowering: cudaLowering, opset: cudaOpset },
};
