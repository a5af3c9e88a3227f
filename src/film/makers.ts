import type { ClipSettings, RenderSettings } from '../inference/index.ts';
import type { Image } from '../media/index.ts';
import type { Script } from '../script/index.ts';

/** Who makes something. All of it is part of the keys of what is made. */
export interface MakerIdentity {
  readonly id: string;
  /** Changes whenever the same request would give something else. */
  readonly version: string;
  /** Whether the same request gives the same bytes. What does not, is never made again to check it. */
  readonly deterministic: boolean;
  /** Everything else that decides what is made, such as weights or the name of a model; plain data in a fixed order. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** What the pictures and clips of a shot are made from, whoever makes them. */
export interface ShotRequest {
  /** The shot's id. */
  readonly shot: string;
  readonly script: Script;
  /** Where the shot stands in `script.shots`. */
  readonly index: number;
  readonly seed: number;
  /** Another take is another draw of the same request. */
  readonly take: number;
}

export interface KeyframeRequest extends ShotRequest {
  /** What our autoregressor says that the picture shows: each an array of the renderer's `tokenDim` values. */
  readonly tokens: readonly Float32Array[];
  readonly settings: RenderSettings;
}

export interface ClipRequest extends ShotRequest {
  readonly keyframe: Image;
  /** Length of the clip. */
  readonly seconds: number;
  readonly settings: ClipSettings;
}

export interface Step {
  /** From 1. */
  readonly step: number;
  readonly total: number;
  /** The picture so far, where previews were asked for and there is one. */
  readonly image?: Image | undefined;
}

/** What a maker is given beside the request. */
export interface MakerContext {
  /** Ends the work: `make`, or the frames it gave, throws the signal's reason. */
  readonly signal: AbortSignal | undefined;
  readonly previews: boolean;
  readonly onStep: (step: Step) => void;
}

/** What is told of a result. */
export interface MakerReport {
  /** What was asked for and could not be honoured; each becomes a notice. */
  readonly warnings: readonly string[];
  /** Kept in run.json beside the file: what made it, as plain data. Undefined for what can be made again to the byte. */
  readonly provenance?: unknown;
}

/**
 * Makes the keyframe of a shot (paper 3.3). It loads what it needs when it is first asked, and frees it when it is
 * disposed of.
 */
export interface KeyframeMaker extends MakerIdentity, AsyncDisposable {
  make(request: KeyframeRequest, context: MakerContext): Promise<MakerReport & { readonly image: Image }>;
}

/** Makes the clip of a shot from its keyframe (paper 3.5), like `KeyframeMaker`. */
export interface ClipMaker extends MakerIdentity, AsyncDisposable {
  /** `frames` come while they are made: at `fps` of them a second, at least `seconds` of them, the keyframe first. */
  make(
    request: ClipRequest,
    context: MakerContext,
  ): Promise<MakerReport & { readonly frames: AsyncIterable<Image>; readonly fps: number }>;
}

/** Who makes the parts of a film. */
export interface Makers {
  readonly keyframe: KeyframeMaker;
  readonly clip: ClipMaker;
}
