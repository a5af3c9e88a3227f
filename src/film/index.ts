/** The paper's stages, and the pipeline that joins them. */
export type { Labels, Topic, Vocabulary } from '../script/index.ts';
export {
  type CheckEvent,
  type CutFinding,
  checkScript,
  type FacelessFinding,
  type ScriptFinding,
} from './checkScript.ts';
export { type CreateScriptOptions, createScript } from './createScript.ts';
export { type DreamEvent, type DreamStage, dreamStages } from './events.ts';
export { frameCount, framesNeeded, resampleFrames } from './frameRate.ts';
export { type DreamOptions, type LoadDreamerOptions, MovieDreamer } from './movieDreamer.ts';
export { readScript } from './readScript.ts';
export { RunError } from './run/runError.ts';
export { RunFolder } from './run/runFolder.ts';
export type { RunSettings, RunState, ShotState } from './run/state.ts';
export { pump } from './stages/pump.ts';
export { readVocabulary, unknownNotice } from './vocabulary.ts';
