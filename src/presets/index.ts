export { type AdaptedLayers, adaptedLayers } from './adaptedLayers.ts';
export { borrowedNotice, type WeightsOrigin } from './borrowed.ts';
export {
  type ConfigChanges,
  changed,
  changedConfigs,
  type Json,
  type JsonObject,
  together,
  writeConfigs,
} from './changedConfigs.ts';
export { fingerprintFiles, hashFile } from './fingerprint.ts';
export type { MemoryPlan, ModelForm } from './forms.ts';
export {
  checkpointSource,
  type FrozenWeights,
  type ModelSource,
  type Network,
  type NetworkOptions,
  quantizedRule,
  storeSource,
} from './modelSource.ts';
export {
  preparedCache,
  preparedFolder,
  prepareWeights,
  type WeightFormat,
  weightFormats,
} from './preparedWeights.ts';
export {
  type AuxiliaryModel,
  hasWeights,
  type ModelName,
  modelNames,
  type OpenPresetOptions,
  Preset,
  PresetError,
  packageRoot,
} from './preset.ts';
export { type FilmPart, modelsFor, modelsOf, playerIn, type Role, roles } from './roles.ts';
export { isShipped } from './shipped.ts';
export { withoutVersion } from './version.ts';
