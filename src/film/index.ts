/** The paper's stages, and the pipeline that joins them. */

export type { Labels, Topic, Vocabulary } from '../script/index.ts';
export { type Script, shotIdPattern } from '../script/index.ts';
export type { AnimateOptions } from './animate.ts';
export { priceOf, secondsToAsk } from './capabilities.ts';
export {
  type CheckEvent,
  type CutFinding,
  checkScript,
  type FacelessFinding,
  type ScriptFinding,
} from './checkScript.ts';
export { type CheckedFace, faultsInWords, type PictureCheck } from './checks/verdict.ts';
export { type CreateScriptOptions, createScript } from './createScript.ts';
export { type FramePiece, piecesOf } from './cut.ts';
export { type DreamEvent, type DreamStage, dreamStages, type SettingInEffect } from './events.ts';
export { frameCount, framesNeeded, resampleFrames } from './frameRate.ts';
export { type Job, type JobId, type JobInputs, type JobKind, jobKinds } from './jobs.ts';
export {
  type KeyframePainter,
  localClipMaker,
  localKeyframeMaker,
  type PaintKeyframe,
  paintAlone,
  paintFrames,
} from './localMakers.ts';
export {
  type Capabilities,
  type ClipMaker,
  type ClipRequest,
  type FilmInTheMaking,
  type KeyframeMaker,
  type KeyframeRequest,
  type MakerContext,
  type MakerIdentity,
  type MakerReport,
  type Makers,
  type Order,
  type OwnMakers,
  type Reference,
  type ShotRequest,
  type Step,
  type Waivable,
  waivables,
} from './makers.ts';
export type { MakerVariant, MakerVariants } from './makerVariants.ts';
export {
  type LoadDreamerOptions,
  MovieDreamer,
  type PlannedFilm,
  type PlannedOrders,
} from './movieDreamer.ts';
export type { DreamOptions, ShotReference, TakeChoice } from './options.ts';
export { shotPrompt } from './prompt.ts';
export { readScript } from './readScript.ts';
export { RunError } from './run/runError.ts';
export { RunFolder } from './run/runFolder.ts';
export {
  type RunSettings,
  type RunState,
  type SettingName,
  type ShotCheck,
  type ShotState,
  shotLabel,
  type TakeState,
} from './run/state.ts';
export { mostTakes } from './takeDraws.ts';
export { readVocabulary, unknownNotice } from './vocabulary.ts';
export { writeShotIds } from './writeIds.ts';
