import { factsOf, type Link, plotOf, type Timeline, type TimelineShot } from './timeline.ts';

/** The name of our part of every object's metadata. */
export const otioNamespace = 'moviedreamer';

/** Rates and values of times are float64; a whole one is written `12.0`, as the reference implementation does. */
const wholeTimes = /(?<=^ +)("(?:rate|value)": -?\d+)(?=,?$)/gm;

/** Keys of a clip's media references: the clip that plays, and the keyframe that it grew from. */
export const mediaKeys = { clip: 'DEFAULT_MEDIA', keyframe: 'keyframe' } as const;

/**
 * The cut as OpenTimelineIO JSON (schemas `Timeline.1`, `Track.1`, `Clip.2`): a track of video, one of sound where a clip has
 * any, a marker with the script's words on each shot. Each clip's metadata hold the shot's id, by which the way back finds it.
 */
export function otioText(timeline: Timeline, link: Link): string {
  const { title, fps, seed, preset, shots } = timeline;
  const track = (kind: 'Video' | 'Audio', children: readonly object[]): object => ({
    OTIO_SCHEMA: 'Track.1',
    ...item(kind === 'Video' ? 'Picture' : 'Sound'),
    kind,
    children,
  });
  const tracks = [
    track(
      'Video',
      shots.map((shot) => clip(timeline, shot, link, true)),
    ),
  ];
  if (shots.some(({ clip }) => clip.hasSound)) {
    const sound = shots.map((shot) =>
      shot.clip.hasSound ? clip(timeline, shot, link, false) : gap(shot.frames, fps),
    );
    tracks.push(track('Audio', sound));
  }
  const root = {
    OTIO_SCHEMA: 'Timeline.1',
    metadata: { [otioNamespace]: { version: 1, seed, preset } },
    name: title,
    global_start_time: rationalTime(0, fps),
    tracks: { OTIO_SCHEMA: 'Stack.1', ...item('tracks'), children: tracks },
  };
  return `${JSON.stringify(root, null, 4).replace(wholeTimes, '$1.0')}\n`;
}

/** What every item of a composition has. */
const item = (name: string, metadata: object = {}): object => ({
  metadata,
  name,
  source_range: null,
  effects: [],
  markers: [],
  enabled: true,
});

function clip(timeline: Timeline, shot: TimelineShot, link: Link, isPicture: boolean): object {
  const { fps } = timeline;
  const reference = (file: string, name: string, frames: number): object => ({
    OTIO_SCHEMA: 'ExternalReference.1',
    metadata: {},
    name,
    available_range: timeRange(0, frames, fps),
    available_image_bounds: null,
    target_url: link(file),
  });
  const keyframe =
    isPicture && shot.keyframe
      ? { [mediaKeys.keyframe]: reference(shot.keyframe.file, 'keyframe', shot.frames) }
      : {};
  return {
    OTIO_SCHEMA: 'Clip.2',
    ...item(shot.label, { [otioNamespace]: factsOf(timeline, shot) }),
    source_range: timeRange(shot.start, shot.frames, fps),
    markers: isPicture ? markers(shot, fps) : [],
    media_references: {
      [mediaKeys.clip]: reference(shot.clip.file, 'clip', shot.clip.frames),
      ...keyframe,
    },
    active_media_reference_key: mediaKeys.clip,
  };
}

/** The plot at the shot's first frame, and every line that is spoken. Markers count in the clip's own time. */
function markers(shot: TimelineShot, fps: number): object[] {
  const marker = (name: string, comment: string, color: string): object => ({
    OTIO_SCHEMA: 'Marker.2',
    metadata: {},
    name,
    comment,
    color,
    marked_range: timeRange(shot.start, 1, fps),
  });
  return [
    marker(shot.label, plotOf(shot), 'GREEN'),
    ...shot.lines.map(({ speaker, text }) => marker(speaker ?? 'narration', text, 'CYAN')),
  ];
}

const gap = (frames: number, fps: number): object => ({
  OTIO_SCHEMA: 'Gap.1',
  ...item(''),
  source_range: timeRange(0, frames, fps),
});

const rationalTime = (value: number, rate: number): object => ({
  OTIO_SCHEMA: 'RationalTime.1',
  rate,
  value,
});

const timeRange = (start: number, frames: number, fps: number): object => ({
  OTIO_SCHEMA: 'TimeRange.1',
  duration: rationalTime(frames, fps),
  start_time: rationalTime(start, fps),
});
