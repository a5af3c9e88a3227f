export {
  contextRows,
  placeWidth,
  type RendererContextConfig,
  rendererContextConfig,
} from './config.ts';
export { pooledTokens, type RendererContextInputs, rendererContext } from './context.ts';
export { type FrameConditions, type PackedContext, packContext } from './pack.ts';
