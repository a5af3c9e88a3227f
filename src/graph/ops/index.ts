export * from './cache.ts';
export * from './elementwise.ts';
export * from './nBits.ts';
export * from './norm.ts';
export * from './product.ts';
export * from './reduce.ts';
export * from './shape.ts';
