export { allOps, deviceParity, type OpParity } from './deviceParity.ts';
