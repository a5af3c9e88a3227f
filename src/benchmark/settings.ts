/** What the benchmark is measured on. All of it is part of the cache's keys. */
export interface BenchmarkSettings {
  /** Held-out episodes. */
  readonly episodes: number;
  /** Shots of each. */
  readonly shots: number;
  readonly seed: number;
  /** Held-out people among whom the right one is to be found. */
  readonly people: number;
  /** Frames of the training split that the probes learn from. */
  readonly probeFrames: number;
  /** Shots of the long film. */
  readonly longShots: number;
  /** Keyframes that are moved. */
  readonly clips: number;
  /** Segments of each clip. */
  readonly segments: number;
}

export const defaultSettings: BenchmarkSettings = {
  episodes: 40,
  shots: 32,
  seed: 0,
  people: 100,
  probeFrames: 4000,
  longShots: 256,
  clips: 40,
  segments: 4,
};

/** Size of frames, in pixels. */
export interface FrameSize {
  readonly width: number;
  readonly height: number;
}

/** What happens while the benchmark runs: `done` of `total` in one of its parts. */
export interface PartEvent {
  readonly type: 'part';
  readonly part: string;
  readonly done: number;
  readonly total: number;
}
