export { pump } from '../../base/pump.ts';
