import type { ClipSettings, RenderSettings } from '../inference/index.ts';
import type { Image } from '../media/index.ts';
import type { Script } from '../script/index.ts';

/** Who makes something. All of it is part of the keys of what is made. */
export interface MakerIdentity {
  /** Short and stable, such as `comfyui`: stands in keys, messages and the ledger. */
  readonly id: string;
  /** Changes whenever the same request would give something else. */
  readonly version: string;
  /** Whether the same request gives the same bytes. What does not, is never made again to check it. */
  readonly deterministic: boolean;
  /** Everything else that decides what is made, such as weights or the name of a model; plain data in a fixed order. */
  readonly options: Readonly<Record<string, unknown>>;
  /**
   * What a model from elsewhere takes. With it, the film's plan gives it words and pictures, and checks before anything is
   * ordered; undefined for ours, which are asked with tokens and settings.
   */
  readonly takes?: Capabilities | undefined;
  /**
   * `film`: a shot's keyframe depends on other shots, too. Then the whole script and all tokens are part of its key, and its
   * request has `film`. Such films are made as a whole, not by single shots. Default: on nothing but its own shot.
   */
  readonly sees?: 'film' | undefined;
}

/** What a film may ask for and a user may do without, by name. */
export const waivables = ['references', 'seconds', 'seed'] as const;
/** The name of something that a user may do without. */
export type Waivable = (typeof waivables)[number];

/** What a model from elsewhere takes, and on which terms. None of it is part of keys. */
export interface Capabilities {
  /** The most portraits of one request; 0: none. */
  readonly references: number;
  /** Whether the film gives our own keyframe along, which the model's picture then follows. */
  readonly guide: boolean;
  /** Whether the film gives the keyframe of the shot before along; shots are then made one after the other. Default false. */
  readonly before?: boolean | undefined;
  /** Whether a clip is given the keyframe of the next shot, to end with. Default false. */
  readonly lastFrame?: boolean | undefined;
  /** Whether another seed gives another result. */
  readonly seed: boolean;
  /** Lengths, in seconds, that clips can have, ascending; undefined: any. */
  readonly seconds?: readonly number[] | undefined;
  /** What is given up where the model cannot honour it: a notice then, else an error before anything is ordered. */
  readonly allow: readonly Waivable[];
  /** In one currency for the whole film; undefined: free. */
  readonly price?: { readonly call?: number | undefined; readonly second?: number | undefined } | undefined;
  /** Most requests at a time. Default 1. */
  readonly parallel?: number | undefined;
  /** Seconds that a request takes, and each second of a clip: for estimates only. Default: not known. */
  readonly time?: { readonly call?: number | undefined; readonly second?: number | undefined } | undefined;
}

/** A portrait that is given along: "Picture `number` is `name`" in the prompt. */
export interface Reference {
  /** From 1. */
  readonly number: number;
  /** As in the script. */
  readonly name: string;
  /** SHA-256 (hex) of the picture's file. */
  readonly sha256: string;
  /** The bytes of the picture's file. */
  read(): Promise<Uint8Array>;
}

/** What the pictures and clips of a shot are made from, whoever makes them. */
export interface ShotRequest {
  /** The shot's id. */
  readonly shot: string;
  /** The whole script, whose pictures have been read once. */
  readonly script: Script;
  /** Where the shot stands in `script.shots`. */
  readonly index: number;
  /** The film's seed, an integer from 0 to 2^53 - 1. */
  readonly seed: number;
  /** Another take is another draw of the same request. */
  readonly take: number;
  /** What is to be seen, in sentences; the pictures of `references` are named in it. */
  readonly prompt: string;
}

/** What a keyframe is made from. */
export interface KeyframeRequest extends ShotRequest {
  /** What our autoregressor says that the picture shows: each an array of the renderer's `tokenDim` values. */
  readonly tokens: readonly Float32Array[];
  /** Size of the picture, and how our renderer samples it. */
  readonly settings: RenderSettings;
  /** Portraits of the people in the shot, as many as the maker takes; none for a maker without `takes`. */
  readonly references: readonly Reference[];
  /** Our own keyframe, for makers that take a guide. */
  readonly guide?: (() => Promise<Image>) | undefined;
  /** The keyframe of the shot before, for makers that take it; the first shot has none. */
  readonly before?: (() => Promise<Image>) | undefined;
  /** The whole film, for makers that see it. */
  readonly film?: FilmInTheMaking | undefined;
}

/** What a maker that sees the film knows of the other shots. Keyframes are made in the script's order. */
export interface FilmInTheMaking {
  /** The requests of all shots in the script's order; they have no `film`. */
  readonly requests: readonly KeyframeRequest[];
  /** The keyframe of a shot before this one, by its place from 0. */
  keyframe(index: number): Promise<Image>;
}

/** What a clip is made from. */
export interface ClipRequest extends ShotRequest {
  /** The picture that it begins with, in the film's size. */
  readonly keyframe: Image;
  /** The keyframe of the next shot, for makers that take a last frame; the last shot has none. */
  readonly next?: Image | undefined;
  /** Length of the clip. */
  readonly seconds: number;
  /** Rate of the film, and how our animator samples. */
  readonly settings: ClipSettings;
}

/** How far a request is. */
export interface Step {
  /** From 1. */
  readonly step: number;
  /** Of how many. */
  readonly total: number;
  /** The picture so far, where previews were asked for and there is one. */
  readonly image?: Image | undefined;
}

/** What a maker is given beside the request. */
export interface MakerContext {
  /** Ends the work: `make`, or the frames it gave, throws the signal's reason. */
  readonly signal: AbortSignal | undefined;
  /** Whether `onStep` is to be given pictures. */
  readonly previews: boolean;
  /** Tells of progress; may be called any number of times. */
  readonly onStep: (step: Step) => void;
  /** Tells something worth knowing that is no error. */
  readonly onNotice: (message: string) => void;
  /** For makers with `takes`; it keeps nothing for others. */
  readonly order: Order;
}

/**
 * What run.json keeps of a request to a model elsewhere, so that whoever is killed at any moment orders nothing twice.
 * Ours make the same bytes again and do without it. The sequence: `begin`, the request, `keep`, polling, the result.
 */
export interface Order {
  /** The key of the job, 32 hex digits: the same request has the same one in every process. */
  readonly key: string;
  /** What an earlier process wrote of the same request. Without a `handle`, it is uncertain whether it was received. */
  readonly earlier: { readonly handle?: unknown } | undefined;
  /**
   * Before the model is asked.
   * @throws RunError where it would exceed the budget
   */
  begin(): Promise<void>;
  /** Writes down what finds the job again, plain data, before it is first polled. */
  keep(handle: unknown): Promise<void>;
  /** The job came to nothing, and may be ordered anew. */
  drop(): Promise<void>;
  /** The model refused: the same request is not made again. */
  refuse(words: string): Promise<void>;
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
  /** A picture of the size in `request.settings`; with `takes` any size, which is then cut to fit. */
  make(request: KeyframeRequest, context: MakerContext): Promise<MakerReport & { readonly image: Image }>;
}

/** Makes the clip of a shot from its keyframe (paper 3.5), like `KeyframeMaker`. */
export interface ClipMaker extends MakerIdentity, AsyncDisposable {
  /** `frames` come while they are made: at `fps` of them a second, at least `seconds` of them, the keyframe first. */
  make(
    request: ClipRequest,
    context: MakerContext,
  ): Promise<
    MakerReport & {
      readonly frames: AsyncIterable<Image>;
      readonly fps: number;
      /**
       * Two channels, interleaved, of 48,000 samples a second; it is cut to the clip, or ends in silence. Undefined: the clip
       * has no sound.
       */
      readonly sound?: Int16Array | undefined;
    }
  >;
}

/** Who makes the parts of a film. */
export interface Makers {
  /** Makes the keyframes. */
  readonly keyframe: KeyframeMaker;
  /** Makes the clips. */
  readonly clip: ClipMaker;
}

/** Makers in place of the preset's own. */
export interface OwnMakers extends Partial<Makers> {
  /** How they were chosen, as plain data without secrets: kept in run.json as `models`. */
  readonly record?: unknown;
}
