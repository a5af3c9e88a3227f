/** A file that a timeline shows or plays. */
export interface TimelineMedia {
  /** Absolute path. */
  readonly file: string;
  /** SHA-256 of its bytes (hex), as the film's run.json records it. */
  readonly sha256: string;
}

/** A clip of moving pictures. */
export interface TimelineClip extends TimelineMedia {
  /** Frames that the file has, at the timeline's rate. */
  readonly frames: number;
  readonly hasSound: boolean;
}

/** Something of the script that is heard or read during a shot. */
export interface TimelineLine {
  readonly kind: 'plot' | 'dialogue' | 'narration';
  /** Who says it; undefined of plots and narration. */
  readonly speaker?: string | undefined;
  readonly text: string;
}

/** A shot in its place in the film: a stretch of its clip. */
export interface TimelineShot {
  /** Place in the film, from 1. */
  readonly place: number;
  /** The id that the film's folder has for the shot; a shot that is repeated stands in several places. */
  readonly id: string;
  /** What the script calls it; else its id. */
  readonly label: string;
  /** First frame of the film that it fills, from 0. */
  readonly at: number;
  /** First frame of the clip that is shown, from 0. */
  readonly start: number;
  /** Frames that are shown, at least 1. */
  readonly frames: number;
  readonly clip: TimelineClip;
  readonly keyframe: TimelineMedia | undefined;
  readonly people: readonly { readonly id: string; readonly expression: string }[];
  readonly elements: readonly string[];
  readonly plot: readonly string[];
  /** Dialogue and narration, in the script's order. */
  readonly lines: readonly TimelineLine[];
  /** The shot in words, as models elsewhere are asked for it. */
  readonly prompt: string;
  /** Random numbers of the shot come from the film's seed and this take. */
  readonly take: number;
}

/** The cut of a film: what every format is written from. All times are whole frames of one rate. */
export interface Timeline {
  readonly title: string;
  /** Frames a second, a whole number: time code of such rates drops no frames. */
  readonly fps: number;
  /** Size of the pictures, in pixels; pixels are square. */
  readonly width: number;
  readonly height: number;
  readonly shots: readonly TimelineShot[];
  readonly seed: number;
  /** Name of the preset that made it. */
  readonly preset: string;
}

/** Frames of the whole film. */
export const framesOf = ({ shots }: Timeline): number => shots.reduce((sum, { frames }) => sum + frames, 0);

/** Gives the address that a format writes for a file: a URL relative to where the format's own file lies. */
export type Link = (file: string) => string;

/** Non-drop time code, hours to frames: `01:00:03:05`. */
export function timecode(frames: number, fps: number): string {
  const seconds = Math.floor(frames / fps);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60, frames % fps];
  return parts.map((part) => String(part).padStart(2, '0')).join(':');
}

/** What a format says of a shot in its metadata; names and values are the same in all formats. */
export interface ShotFacts {
  readonly shot: string;
  readonly label: string;
  readonly people: TimelineShot['people'];
  readonly elements: readonly string[];
  readonly plot: readonly string[];
  readonly lines: readonly TimelineLine[];
  readonly prompt: string;
  readonly seed: number;
  readonly take: number;
  readonly preset: string;
  /** SHA-256 (hex) of the clip and of the keyframe. */
  readonly sha256: string;
  readonly keyframe_sha256: string | null;
}

export const factsOf = ({ seed, preset }: Timeline, shot: TimelineShot): ShotFacts => ({
  shot: shot.id,
  label: shot.label,
  people: shot.people,
  elements: shot.elements,
  plot: shot.plot,
  lines: shot.lines,
  prompt: shot.prompt,
  seed,
  take: shot.take,
  preset,
  sha256: shot.clip.sha256,
  keyframe_sha256: shot.keyframe?.sha256 ?? null,
});

/** A shot in one line: its script in words. */
export const plotOf = ({ plot }: Pick<TimelineShot, 'plot'>): string => plot.join(' ');
