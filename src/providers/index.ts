/** Models elsewhere that make keyframes and clips: ComfyUI, servers with OpenAI's endpoints, models of the AI SDK. */

export { describeWorkflow, parseWorkflow } from './comfyWorkflow.ts';
export { makersOf } from './makers.ts';
export {
  type ModelChoices,
  modelsJsonSchema,
  parseModels,
  readModels,
  rememberedModels,
} from './modelsFile.ts';
export { ModelsFileError } from './providerError.ts';
