export { grad, vjp } from './grad.ts';
