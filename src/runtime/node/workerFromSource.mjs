// Entry of a worker thread when the library runs from its TypeScript sources, which Node 20 cannot read by itself. Tests
// compile the sources once (src/testing/buildOnce.ts): that saves 0.3 s a worker.
const built = process.env.MOVIEDREAMER_BUILT_FOR_TESTS;
if (built) {
  await import(`file://${built}/runtime/node/worker.js`);
} else {
  const { register } = await import('tsx/esm/api');
  register();
  await import('./worker.ts');
}
