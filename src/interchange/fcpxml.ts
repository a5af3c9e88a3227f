import { factsOf, framesOf, type Link, plotOf, type Timeline, type TimelineShot } from './timeline.ts';
import { type Element, element, xmlDocument } from './xml.ts';

/**
 * The cut as Final Cut Pro XML 1.10: a format, an asset for each clip, a project whose sequence has an asset-clip for each shot
 * with a marker of the script's words. Elements stand in the order of Apple's DTD, times are fractions of a frame's duration
 * (`36/12s`), time code drops no frames.
 */
export function fcpxmlText(timeline: Timeline, link: Link): string {
  const { title, fps, width, height, shots } = timeline;
  const time = timesAt(fps);
  const clips = [...new Map(shots.map((shot) => [shot.clip.file, shot])).values()];
  const assets = new Map(clips.map((shot, i) => [shot.clip.file, `r${i + 2}`]));
  const format = element('format', {
    ...{ id: 'r1', frameDuration: time(1), width, height, colorSpace: '1-1-1 (Rec. 709)' },
  });
  const sequence = element(
    'sequence',
    {
      ...{ format: 'r1', duration: time(framesOf(timeline)), tcStart: '0s', tcFormat: 'NDF' },
      ...{ audioLayout: 'stereo', audioRate: '48k' },
    },
    [
      element(
        'spine',
        {},
        shots.map((shot) => assetClip(timeline, shot, assets.get(shot.clip.file) as string)),
      ),
    ],
  );
  const root = element('fcpxml', { version: '1.10' }, [
    element('resources', {}, [format, ...clips.map((shot) => asset(timeline, shot, assets, link))]),
    element('library', {}, [
      element('event', { name: title }, [element('project', { name: title }, [sequence])]),
    ]),
  ]);
  return xmlDocument(root, 'fcpxml');
}

/** Times as the format writes them: so many frames' durations. */
const timesAt =
  (fps: number) =>
  (frames: number): string =>
    frames === 0 ? '0s' : `${frames}/${fps}s`;

function asset(
  timeline: Timeline,
  shot: TimelineShot,
  ids: ReadonlyMap<string, string>,
  link: Link,
): Element {
  const { clip, label, keyframe } = shot;
  const sound = clip.hasSound ? { hasAudio: 1, audioSources: 1, audioChannels: 2, audioRate: 48000 } : {};
  const facts = Object.entries(factsOf(timeline, shot));
  const entries = keyframe ? [...facts, ['keyframe', link(keyframe.file)] as const] : facts;
  return element(
    'asset',
    {
      ...{ id: ids.get(clip.file), name: label, start: '0s', duration: timesAt(timeline.fps)(clip.frames) },
      ...{ hasVideo: 1, format: 'r1', videoSources: 1, ...sound },
    },
    [
      element('media-rep', { kind: 'original-media', src: link(clip.file) }),
      element(
        'metadata',
        {},
        entries.map(([key, value]) =>
          element('md', {
            key: `moviedreamer.${key}`,
            value: typeof value === 'string' ? value : JSON.stringify(value),
          }),
        ),
      ),
    ],
  );
}

/** A shot in the spine. Markers count in the clip's own time. */
function assetClip({ fps }: Timeline, shot: TimelineShot, ref: string): Element {
  const time = timesAt(fps);
  const marker = (value: string, note?: string): Element =>
    element('marker', { start: time(shot.start), duration: time(1), value, note });
  return element(
    'asset-clip',
    {
      ...{
        ref,
        offset: time(shot.at),
        name: shot.label,
        start: time(shot.start),
        duration: time(shot.frames),
      },
      ...{ format: 'r1', tcFormat: 'NDF' },
    },
    [
      element('note', {}, plotOf(shot)),
      marker(plotOf(shot)),
      ...shot.lines.map(({ speaker, text }) => marker(text, speaker ?? 'narration')),
    ],
  );
}
