import { describe, expect, it } from 'vitest';
import { linkOf, timelineOf } from '../testing/timelines.ts';
import { elementsOf, type ReadElement, readXml } from '../testing/xmlReader.ts';
import { fcpxmlText } from './fcpxml.ts';

/** What may stand in an element, in this order: the part of FCPXML 1.10 that a cut needs, in our words. */
const order: Readonly<Record<string, readonly string[]>> = {
  fcpxml: ['resources', 'library'],
  resources: ['format', 'asset'],
  asset: ['media-rep', 'metadata'],
  metadata: ['md'],
  library: ['event'],
  event: ['project'],
  project: ['sequence'],
  sequence: ['note', 'spine', 'metadata'],
  spine: ['asset-clip'],
  'asset-clip': ['note', 'marker', 'metadata'],
};
/** Attributes that must be there, then those that may. */
const attributes: Readonly<Record<string, readonly [readonly string[], readonly string[]]>> = {
  fcpxml: [['version'], []],
  format: [['id'], ['frameDuration', 'width', 'height', 'colorSpace']],
  asset: [
    ['id'],
    [
      ...['name', 'start', 'duration', 'hasVideo', 'format', 'videoSources'],
      ...['hasAudio', 'audioSources', 'audioChannels', 'audioRate'],
    ],
  ],
  'media-rep': [['src'], ['kind']],
  md: [['key'], ['value']],
  event: [[], ['name']],
  project: [[], ['name']],
  sequence: [['format'], ['duration', 'tcStart', 'tcFormat', 'audioLayout', 'audioRate']],
  'asset-clip': [['ref'], ['offset', 'name', 'start', 'duration', 'format', 'tcFormat']],
  marker: [
    ['start', 'value'],
    ['duration', 'note'],
  ],
};

function checkStructure(element: ReadElement): void {
  const places = element.children.map(({ name }) => (order[element.name] ?? []).indexOf(name));
  expect(places, element.name).toEqual([...places].sort((a, b) => a - b));
  expect(places, element.name).not.toContain(-1);
  const [required = [], optional = []] = attributes[element.name] ?? [];
  const names = Object.keys(element.attributes);
  expect(names, element.name).toEqual(expect.arrayContaining([...required]));
  expect([...required, ...optional], element.name).toEqual(expect.arrayContaining(names));
  for (const child of element.children) checkStructure(child);
}

describe('the cut as FCPXML', () => {
  const fps = 24;
  const timeline = timelineOf(500, { fps, hasSound: true });
  const text = fcpxmlText(timeline, linkOf);
  const root = readXml(text);
  const clips = elementsOf(root, 'asset-clip');
  /** Frames of a time, which must be a whole number of them. */
  const frames = (time: string | undefined): number => {
    const [, count, rate] = /^(\d+)(?:\/(\d+))?s$/.exec(time ?? '') ?? [];
    const value = (Number(count) * fps) / Number(rate ?? 1);
    expect(Number.isInteger(value), time).toBe(true);
    return value;
  };

  it('has the elements and attributes of version 1.10 in their order', () => {
    expect(
      text.startsWith('<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE fcpxml>\n<fcpxml version="1.10">'),
    ).toBe(true);
    checkStructure(root);
    const ids = [...elementsOf(root, 'format'), ...elementsOf(root, 'asset')].map(
      ({ attributes: own }) => own.id,
    );
    expect(new Set(ids).size).toBe(ids.length);
    const refs = [...elementsOf(root, 'asset'), ...elementsOf(root, 'sequence')].map(
      (own) => own.attributes.format,
    );
    for (const ref of [...clips.map((clip) => clip.attributes.ref), ...refs]) expect(ids).toContain(ref);
  });

  it('says times in whole frames, without gaps over 500 shots', () => {
    let at = 0;
    for (const [i, { attributes: own, children }] of clips.entries()) {
      const shot = timeline.shots[i]!;
      expect([own.offset, own.start, own.duration].map(frames)).toEqual([at, shot.start, shot.frames]);
      const marker = children.find(({ name }) => name === 'marker')!;
      expect(frames(marker.attributes.start)).toBe(shot.start);
      at += shot.frames;
    }
    expect(frames(elementsOf(root, 'sequence')[0]?.attributes.duration)).toBe(at);
    expect(elementsOf(root, 'format')[0]?.attributes).toMatchObject({ frameDuration: '1/24s', width: '448' });
  });

  it('carries texts whole, and links relatively', () => {
    const asset = elementsOf(root, 'asset')[2]!;
    const metadata = Object.fromEntries(
      elementsOf(asset, 'md').map(({ attributes: own }) => [own.key, own.value]),
    );
    expect(metadata).toMatchObject({ 'moviedreamer.shot': '3', 'moviedreamer.prompt': 'zoë: A woman.' });
    expect(metadata['moviedreamer.keyframe']).toBe('keyframes/0003.png');
    expect(elementsOf(asset, 'media-rep')[0]?.attributes.src).toBe('clips/0003.mp4');
    expect(elementsOf(clips[2]!, 'note')[0]?.text).toBe('Zoë says "2" < 3 & goes.');
  });

  it('names a clip that is shown twice once', () => {
    const { shots, ...rest } = timelineOf(2);
    const twice = readXml(fcpxmlText({ ...rest, shots: [...shots, ...shots] }, linkOf));
    expect([elementsOf(twice, 'asset').length, elementsOf(twice, 'asset-clip').length]).toEqual([2, 4]);
  });
});
