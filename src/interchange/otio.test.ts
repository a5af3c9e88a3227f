import { describe, expect, it } from 'vitest';
import { linkOf, timelineOf } from '../testing/timelines.ts';
import { otioText } from './otio.ts';

type Json = Record<string, unknown>;

/** The fields of each schema, as the OpenTimelineIO specification lists them. */
const schemas: Readonly<Record<string, readonly string[]>> = {
  'Timeline.1': ['metadata', 'name', 'global_start_time', 'tracks'],
  'Stack.1': ['metadata', 'name', 'source_range', 'effects', 'markers', 'enabled', 'children'],
  'Track.1': ['metadata', 'name', 'source_range', 'effects', 'markers', 'enabled', 'children', 'kind'],
  'Clip.2': [
    ...['metadata', 'name', 'source_range', 'effects', 'markers', 'enabled'],
    ...['media_references', 'active_media_reference_key'],
  ],
  'Gap.1': ['metadata', 'name', 'source_range', 'effects', 'markers', 'enabled'],
  'Marker.2': ['metadata', 'name', 'color', 'marked_range', 'comment'],
  'ExternalReference.1': ['metadata', 'name', 'available_range', 'available_image_bounds', 'target_url'],
  'TimeRange.1': ['start_time', 'duration'],
  'RationalTime.1': ['rate', 'value'],
};

/** Everything of a file that has a schema. */
function objects(value: unknown): Json[] {
  if (Array.isArray(value)) return value.flatMap(objects);
  if (typeof value !== 'object' || value === null) return [];
  const inner = Object.values(value).flatMap(objects);
  return 'OTIO_SCHEMA' in value ? [value as Json, ...inner] : inner;
}

const frames = (range: unknown): [number, number] => {
  const { start_time, duration } = range as { start_time: Json; duration: Json };
  expect([start_time.rate, duration.rate]).toEqual([24, 24]);
  return [start_time.value as number, duration.value as number];
};

describe('the cut as OpenTimelineIO', () => {
  const timeline = timelineOf(500, { hasSound: true });
  const text = otioText(timeline, linkOf);
  const root = JSON.parse(text) as { tracks: { children: { kind: string; children: Json[] }[] } } & Json;

  it('has the schemas of the specification, each with its own fields and no others', () => {
    const found = objects(root);
    expect(new Set(found.map(({ OTIO_SCHEMA }) => OTIO_SCHEMA))).toEqual(
      new Set(Object.keys(schemas).filter((name) => name !== 'Gap.1')),
    );
    for (const { OTIO_SCHEMA, ...fields } of found)
      expect(Object.keys(fields).sort(), String(OTIO_SCHEMA)).toEqual(
        [...(schemas[String(OTIO_SCHEMA)] ?? [])].sort(),
      );
    expect(root.OTIO_SCHEMA).toBe('Timeline.1');
  });

  it('shows every frame of 500 shots once, in whole frames, within what the files have', () => {
    const [picture, sound] = root.tracks.children;
    expect(root.tracks.children.map(({ kind }) => kind)).toEqual(['Video', 'Audio']);
    let at = 0;
    for (const [i, clip] of picture!.children.entries()) {
      const [start, length] = frames(clip.source_range);
      const references = clip.media_references as Record<string, Json>;
      const [first, available] = frames(
        references[clip.active_media_reference_key as string]?.available_range,
      );
      expect([start >= first, start + length <= first + available]).toEqual([true, true]);
      expect(frames(sound!.children[i]?.source_range)).toEqual([start, length]);
      expect(at).toBe(timeline.shots[i]?.at);
      at += length;
    }
    expect(at).toBe(timeline.shots.reduce((sum, shot) => sum + shot.frames, 0));
  });

  it('writes times as float64, as the reference implementation does', () => {
    expect(text).toContain('"rate": 24.0');
    expect(text).not.toMatch(/"(rate|value)": \d+,?$/m);
  });

  it('tells of each shot what it was made from, and links relatively', () => {
    const clip = root.tracks.children[0]?.children[6] as Json;
    expect((clip.metadata as Json).moviedreamer).toEqual({
      ...{ shot: '7', label: '7', people: [{ id: 'zoë', expression: 'smiling' }], elements: ['Night'] },
      ...{ plot: ['Zoë says "6" < 7 & goes.'], lines: [], prompt: 'zoë: A woman.', seed: 7, take: 0 },
      ...{ preset: 'theatre', sha256: 'c6', keyframe_sha256: 'k6' },
    });
    const urls = Object.values(clip.media_references as Record<string, Json>).map((ref) => ref.target_url);
    expect(urls).toEqual(['clips/0007.mp4', 'keyframes/0007.png']);
    expect((clip.markers as Json[])[0]).toMatchObject({ name: '7', comment: 'Zoë says "6" < 7 & goes.' });
  });
});
