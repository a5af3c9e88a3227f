/** Our models for the AI SDK: what `moviedreamer/ai-sdk` gives. */

export type { CallCharacter, MovieDreamerCallOptions } from './callOptions.ts';
export { type MovieDreamerProvider, moviedreamer, type ProviderOptions } from './provider.ts';
export type {
  CallFile,
  CallResponse,
  CallWarning,
  ImageAnswer,
  ImageCall,
  ImageModel,
  Json,
  Specification,
  VideoAnswer,
  VideoCall,
  VideoData,
  VideoModel,
  VideoStarted,
  VideoStatus,
} from './spec.ts';
