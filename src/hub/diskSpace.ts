export { freeBytes, sizeText } from '../files/index.ts';
