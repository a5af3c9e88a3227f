import { cpuLowering } from './cpu.ts';
import type { LoweringTable } from './lowering.ts';
import { webgpuOverrides } from './webgpu.ts';

/** The lowerings for each of ONNX Runtime's providers. What a provider lacks falls back to the CPU, node by node. */
export const lowerings: Readonly<Record<'cpu' | 'webgpu' | 'cuda', LoweringTable>> = {
  cpu: cpuLowering,
  webgpu: { ...cpuLowering, ...webgpuOverrides },
  // the CPU's own layouts of convolutions and matrices would travel there and back
  cuda: { ...cpuLowering, ...webgpuOverrides },
};
