export { cpuLowering } from './cpu.ts';
export { type Provider, providers } from './devices.ts';
export type { Lowering, LoweringContext, LoweringTable } from './lowering.ts';
