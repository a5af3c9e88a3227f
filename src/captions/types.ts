/** [left, top, width, height] in pixels. */
export type Box4 = readonly [number, number, number, number];

/** Somebody in a keyframe, as the room `footage` found them. */
export interface SeenPerson {
  /** Of the whole person, in pixels of the picture. */
  readonly box: Box4;
  /** How sure the detector is, 0 .. 1. */
  readonly score: number;
  /** Null where no face is seen. */
  readonly face: { readonly box: Box4; readonly score: number } | null;
  /** Who it is: an id of cast.yaml; null where nobody knows. */
  readonly identity: string | null;
  /**
   * How much nearer the face is to its own identity than to the next one, in cosine, -2 .. 2; undefined where it was not
   * measured. Small ones are doubtful.
   */
  readonly margin?: number | undefined;
}

/** A keyframe. */
export interface SeenFrame {
  /** `<film>/<number>`. */
  readonly id: string;
  /** Seconds from the film's first frame. */
  readonly seconds: number;
  /** Index into the film's `shots`, from 0. */
  readonly shot: number;
  /** Absolute path. */
  readonly picture: string;
  /** From left to right, at most five. */
  readonly people: readonly SeenPerson[];
}

/** A film as keyframes, cuts and people. */
export interface SeenFilm {
  readonly id: string;
  readonly title: string;
  /** What lies between two cuts, in seconds. */
  readonly shots: readonly { readonly from: number; readonly to: number }[];
  /** In order of time. */
  readonly frames: readonly SeenFrame[];
}

/** What a whole picture shows, in words. */
export interface FrameCaption {
  readonly text: string;
  /** Scene elements that the captioner itself knows: place, time of day, weather, size; may be empty. */
  readonly elements: readonly string[];
  /** What the captioner's own scripter reads; plain data. */
  readonly details?: unknown;
}

/** What one person of a picture looks like, in words. */
export interface PersonCaption {
  /** What the script's Characters section says, such as `A man with a grey beard.` */
  readonly appearance: string;
  /** Such as `smiling`; empty where it cannot be seen. */
  readonly expression: string;
  /** What hands and body do, such as `holding a red cup`; empty where nothing is done. */
  readonly action: string;
  /** What the captioner's own scripter reads; plain data. */
  readonly details?: unknown;
}

/** Whatever makes captions or scripts. All of it is part of the keys of answers. */
export interface ModelIdentity {
  /** Short and stable, such as `openai`. */
  readonly id: string;
  /** Changes whenever the same request would give something else. */
  readonly version: string;
  /** Everything else that decides the answer: the model's name, the prompt's hash; plain data in a fixed order. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** What models are asked for. */
export type CallKind = 'frame' | 'person' | 'scene' | 'character';

/** What a call needed, as the server counted it. */
export interface Usage {
  readonly input: number;
  readonly output: number;
}

/** What a call is expected to need. */
export type Expected = Usage;

export interface CallContext {
  readonly signal: AbortSignal | undefined;
  /** Key of the answer: the same request has the same key, in any process. */
  readonly key: string;
  /** Told once for each request that the server answered. */
  onUsage(usage: Usage): void;
  /** Asked before a request is made once more because its answer was not usable. @throws BudgetError */
  again(): Promise<void>;
}

/** A picture to caption. */
export interface PictureRequest {
  /** Path of the keyframe. */
  readonly picture: string;
  readonly people: readonly SeenPerson[];
}

/** One person of a picture to caption. */
export interface PersonRequest {
  readonly picture: string;
  readonly person: SeenPerson;
}

/** Makes captions of pictures, and of the people in them (paper, appendix C, steps 1 and 3). */
export interface Captioner extends AsyncDisposable {
  readonly identity: ModelIdentity;
  /** Hashes of the prompts, each part of the keys of its own answers alone. */
  readonly prompts?: { readonly frame: string; readonly person: string };
  /** Undefined: calls cost nothing. */
  readonly expects?: {
    frame(request: PictureRequest): Promise<Expected>;
    person(request: PersonRequest): Promise<Expected>;
  };
  frame(request: PictureRequest, context: CallContext): Promise<FrameCaption>;
  person(request: PersonRequest, context: CallContext): Promise<PersonCaption>;
}

/** A shot of a scene with its captions. People are called by labels, `P1`, `P2` ...: names come in later. */
export interface SceneShot {
  /** Captions of its keyframes, in order of time. */
  readonly frames: readonly FrameCaption[];
  /** The people of the shot by their labels, with their captions in it. */
  readonly people: readonly { readonly label: string; readonly captions: readonly PersonCaption[] }[];
}

/** Shots that follow each other in a film, at most `sceneLength`. */
export interface SceneRequest {
  readonly shots: readonly SceneShot[];
}

/** What the script says of a shot. */
export interface SceneLine {
  readonly elements: readonly string[];
  /** Sentences; people are called `[P1]`, `[P2]` ... */
  readonly plot: readonly string[];
  /** How people look in the shot, by their labels; empty where that cannot be said. */
  readonly expressions: Readonly<Record<string, string>>;
  /** Sentences that were nearly chosen, the nearest first; of scripters by retrieval only. */
  readonly nearest?: readonly string[] | undefined;
}

/** Makes lines of a script from captions (paper, appendix C, step 4). */
export interface Scripter extends AsyncDisposable {
  readonly identity: ModelIdentity;
  /** Hashes of the prompts, each part of the keys of its own answers alone. */
  readonly prompts?: { readonly scene: string; readonly character: string };
  /** Undefined: calls cost nothing. */
  readonly expects?: {
    scene(request: SceneRequest): Expected;
    character(captions: readonly PersonCaption[]): Expected;
  };
  /** Most shots of a request. */
  readonly sceneLength: number;
  /** One line for each shot of the request. */
  scene(request: SceneRequest, context: CallContext): Promise<readonly SceneLine[]>;
  /** One description of a person from the captions of all pictures in which they are. */
  character(captions: readonly PersonCaption[], context: CallContext): Promise<string>;
}
