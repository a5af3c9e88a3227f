export { checkpoint } from './checkpoint.ts';
export { grad, vjp } from './grad.ts';
