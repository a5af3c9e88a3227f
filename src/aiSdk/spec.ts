/*
 * The image and video models of the AI SDK as types of our own: `ai` is no dependency. After `@ai-sdk/provider` 4.0.38,
 * specifications v3 and v4, which `ai` 7 takes; `ai` 6 takes v3. bench/aiSdk.ts compiles them against the real ones.
 */

/** The specification that a model follows. */
export type Specification = 'v3' | 'v4';

/** What a model could not honour, or did in its own way. */
export type CallWarning =
  | { type: 'unsupported'; feature: string; details?: string }
  | { type: 'compatibility'; feature: string; details?: string };

/** A picture or film that is given along: base64 or bytes. Addresses are not fetched, and refused. */
export type CallFile =
  | { type: 'file'; mediaType: string; data: string | Uint8Array }
  | { type: 'url'; url: string };

/** Who answered, and when. */
export interface CallResponse {
  /** When the result was there. */
  timestamp: Date;
  /** Name of the preset. */
  modelId: string;
  /** None: nothing is asked over HTTP. */
  headers: undefined;
}

/** What `doGenerate` of an image model is given. */
export interface ImageCall {
  /** What is to be seen: sentences. */
  prompt: string | undefined;
  /** How many pictures; each is another take. */
  n: number;
  /** `WIDTHxHEIGHT`. */
  size: `${number}x${number}` | undefined;
  /** `WIDTH:HEIGHT`; `size` goes before it. */
  aspectRatio: `${number}:${number}` | undefined;
  /** A whole number from 0; 0 where it is left out. */
  seed: number | undefined;
  /** Portraits, in the order in which people are named. */
  files: CallFile[] | undefined;
  /** Not supported. */
  mask: CallFile | undefined;
  /** `moviedreamer`: `MovieDreamerCallOptions`. */
  providerOptions: Record<string, Record<string, unknown>>;
  /** Stops the call with its reason. */
  abortSignal?: AbortSignal;
  /** Not used. */
  headers?: Record<string, string | undefined>;
}

/** What `doGenerate` of an image model gives. */
export interface ImageAnswer {
  /** PNG files. */
  images: Uint8Array[];
  /** What was not honoured. */
  warnings: CallWarning[];
  /** Seed and take of each picture. */
  providerMetadata: { moviedreamer: { images: { seed: number; take: number }[] } };
  /** Who answered, and when. */
  response: CallResponse;
}

/** An image model of the AI SDK. */
export interface ImageModel<S extends Specification = 'v4'> {
  /** The specification that it follows. */
  readonly specificationVersion: S;
  /** `moviedreamer`. */
  readonly provider: string;
  /** Name or folder of the preset. */
  readonly modelId: string;
  /** High, so that the pictures of one call of `generateImage` are takes of one seed. */
  readonly maxImagesPerCall: number;
  /** Draws `n` keyframes. Calls of one model are carried out one after the other. */
  doGenerate(call: ImageCall): Promise<ImageAnswer>;
}

/** What `doGenerate` and `doStart` of a video model are given. */
export interface VideoCall {
  /** Without a picture, what the keyframe shows; with one, it is not read. */
  prompt: string | undefined;
  /** How many films; each is another take. */
  n: number;
  /** `WIDTH:HEIGHT`; `resolution` goes before it. */
  aspectRatio: `${number}:${number}` | 'adaptive' | undefined;
  /** `WIDTHxHEIGHT`, both even. */
  resolution: `${number}x${number}` | undefined;
  /** Seconds, above 0; default 3. */
  duration: number | undefined;
  /** Frames a second, a whole number; default: the preset's. */
  fps: number | undefined;
  /** A whole number from 0; 0 where it is left out. */
  seed: number | undefined;
  /** The keyframe. */
  image: CallFile | undefined;
  /** The first frame is a keyframe, too; a last frame is not supported. */
  frameImages: { image: CallFile; frameType: 'first_frame' | 'last_frame' }[] | undefined;
  /** Portraits for a keyframe that is drawn; with a picture, not supported. */
  inputReferences: CallFile[] | undefined;
  /** Not supported. */
  generateAudio: boolean | undefined;
  /** `moviedreamer`: `MovieDreamerCallOptions`. */
  providerOptions: Record<string, Record<string, unknown>>;
  /** Stops the call, or the job that it started, with its reason. */
  abortSignal?: AbortSignal;
  /** Not used. */
  headers?: Record<string, string | undefined>;
}

/** A film: H.264 in MP4, without sound. */
export interface VideoData {
  /** Bytes. */
  type: 'binary';
  /** The file. */
  data: Uint8Array;
  /** `video/mp4`. */
  mediaType: 'video/mp4';
}

/** What `doGenerate` of a video model gives. */
export interface VideoAnswer {
  /** The films. */
  videos: VideoData[];
  /** What was not honoured. */
  warnings: CallWarning[];
  /** Seed and take of each film. */
  providerMetadata: { moviedreamer: { videos: { seed: number; take: number }[] } };
  /** Who answered, and when. */
  response: CallResponse;
}

/** Plain data (JSON). */
export type Json = null | string | number | boolean | Json[] | { [key: string]: Json | undefined };

/** What `doStart` gives. */
export interface VideoStarted {
  /** The whole request as plain data: any process can go on with it. */
  operation: Json;
  /** What will not be honoured. */
  warnings: CallWarning[];
  /** Who answered, and when. */
  response: CallResponse;
}

/** What `doStatus` gives. */
export type VideoStatus =
  | { status: 'pending'; response: CallResponse }
  | ({ status: 'completed' } & VideoAnswer)
  | { status: 'error'; error: string; response: CallResponse };

/** A video model of the AI SDK. */
export interface VideoModel<S extends Specification = 'v4'> {
  /** The specification that it follows. */
  readonly specificationVersion: S;
  /** `moviedreamer`. */
  readonly provider: string;
  /** Name or folder of the preset. */
  readonly modelId: string;
  /** High, so that the films of one call of `experimental_generateVideo` are takes of one seed. */
  readonly maxVideosPerCall: number;
  /** Animates `n` clips. Calls of one model are carried out one after the other. */
  doGenerate(call: VideoCall): Promise<VideoAnswer>;
  /** Begins what `doGenerate` does, and does not wait for it. */
  doStart(call: VideoCall & { webhookUrl?: string }): Promise<VideoStarted>;
  /**
   * How far it is. What another process started, or what was given once already, is made anew: the same request gives
   * the same bytes.
   */
  doStatus(call: { operation: Json; abortSignal?: AbortSignal }): Promise<VideoStatus>;
}
