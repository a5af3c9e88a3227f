import { factsOf, framesOf, type Link, plotOf, type Timeline, type TimelineShot } from './timeline.ts';
import { type Element, element, xmlDocument } from './xml.ts';

/**
 * The cut as MLT XML, which the program `melt` plays, and which Kdenlive and Shotcut open: a producer for each clip, a playlist
 * with one entry a shot. In and out are frames, the last one included. The script's words are properties of the producers.
 */
export function mltText(timeline: Timeline, link: Link): string {
  const { title, fps, width, height, shots } = timeline;
  const clips = [...new Map(shots.map((shot) => [shot.clip.file, shot])).values()];
  const ids = new Map(clips.map((shot, i) => [shot.clip.file, `clip${i + 1}`]));
  const last = framesOf(timeline) - 1;
  const divisor = greatestCommonDivisor(width, height);
  const profile = element('profile', {
    ...{ description: title, width, height, progressive: 1, sample_aspect_num: 1, sample_aspect_den: 1 },
    ...{ display_aspect_num: width / divisor, display_aspect_den: height / divisor },
    ...{ frame_rate_num: fps, frame_rate_den: 1, colorspace: 709 },
  });
  const entries = shots.map((shot) =>
    element('entry', {
      ...{ producer: ids.get(shot.clip.file), in: shot.start, out: shot.start + shot.frames - 1 },
    }),
  );
  const root = element('mlt', { LC_NUMERIC: 'C', version: '7.0.0', title, producer: 'film' }, [
    profile,
    ...clips.map((shot) => producer(timeline, shot, ids.get(shot.clip.file) as string, link)),
    element('playlist', { id: 'shots' }, entries),
    element('tractor', { id: 'film', in: 0, out: last }, [element('track', { producer: 'shots' })]),
  ]);
  return xmlDocument(root);
}

function producer(timeline: Timeline, shot: TimelineShot, id: string, link: Link): Element {
  const { frames, file } = shot.clip;
  const facts = Object.entries(factsOf(timeline, shot)).map(([key, value]) =>
    property(`moviedreamer:${key}`, typeof value === 'string' ? value : JSON.stringify(value)),
  );
  return element('producer', { id, in: 0, out: frames - 1 }, [
    property('mlt_service', 'avformat'),
    property('resource', decodeURIComponent(link(file)).replace(/^file:\/\/(?=\/)/, '')),
    property('length', `${frames}`),
    property('eof', 'pause'),
    property('kdenlive:clipname', shot.label),
    property('shotcut:caption', shot.label),
    property('shotcut:comment', plotOf(shot)),
    ...facts,
  ]);
}

const property = (name: string, value: string): Element => element('property', { name }, value);

const greatestCommonDivisor = (a: number, b: number): number =>
  b === 0 ? a : greatestCommonDivisor(b, a % b);
