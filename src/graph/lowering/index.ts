export { cpuLowering } from './cpu.ts';
export { lowerings } from './devices.ts';
export type { Lowering, LoweringContext, LoweringTable } from './lowering.ts';
