export type { KeyValue } from './attention.ts';
export {
  cacheTensor,
  type LlamaCache,
  type LlamaCacheShape,
  llamaCache,
  llamaCacheFeeds,
} from './cache.ts';
export { type LlamaConfig, readLlamaConfig } from './configs.ts';
export {
  currentOutputs,
  type LlamaContextShape,
  type LlamaContextState,
  llamaContext,
  llamaContextFeeds,
} from './context.ts';
export { type LlamaOptions, type LlamaOutput, llama, llamaEmbed, llamaLogits } from './llama.ts';
export { currentName, pastName } from './names.ts';
export { type RopeTables, ropeTables } from './rope.ts';
