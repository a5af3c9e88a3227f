export {
  contextRows,
  placeWidth,
  type RendererContextConfig,
  rendererContextConfig,
} from './config.ts';
export { pooledTokens, rendererContext } from './context.ts';
export {
  type ConditionedFrame,
  type ConditionFeeds,
  type FrameConditions,
  feedsOf,
  inputsOf,
  type RendererContextInputs,
  type UNetConditionInputs,
} from './inputs.ts';
