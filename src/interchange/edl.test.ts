import { describe, expect, it } from 'vitest';
import { timelineOf } from '../testing/timelines.ts';
import { edlText } from './edl.ts';
import { InterchangeError } from './interchangeError.ts';

interface Event {
  readonly number: number;
  readonly reel: string;
  readonly channels: string;
  /** Source in and out, record in and out, in frames. */
  readonly times: readonly number[];
  readonly clip: string | undefined;
}

/** Reads an EDL by columns, as the format was defined for: a reader of its own, which knows nothing of the writer. */
function readEdl(text: string, fps: number): Event[] {
  const events: Event[] = [];
  for (const line of text.split('\r\n')) {
    const words = line.trim().split(/\s+/);
    if (/^\d{3} {2}/.test(line)) {
      const frames = words.slice(-4).map((code) => {
        const [h, m, s, f] = code.split(':').map(Number) as [number, number, number, number];
        expect([m < 60, s < 60, f < fps]).toEqual([true, true, true]);
        return ((h * 60 + m) * 60 + s) * fps + f;
      });
      const [number, reel, channels, kind] = words;
      expect(kind).toBe('C');
      events.push({
        number: Number(number),
        reel: reel!,
        channels: channels!,
        times: frames,
        clip: undefined,
      });
    }
    const name = /^\* FROM CLIP NAME: (.*)$/.exec(line)?.[1];
    if (name !== undefined) events[events.length - 1] = { ...events.at(-1)!, clip: name };
  }
  return events;
}

describe('the cut as an EDL', () => {
  it.each([12, 24, 25, 30])('is read back by another reader, at %i frames a second', (fps) => {
    const timeline = timelineOf(500, { fps });
    const events = readEdl(edlText(timeline), fps);
    expect(events.map(({ number }) => number)).toEqual(Array.from({ length: 500 }, (_, i) => i + 1));
    let record = 3600 * fps;
    for (const [i, { times, clip }] of events.entries()) {
      const { start, frames, clip: media } = timeline.shots[i]!;
      expect(times).toEqual([start, start + frames, record, record + frames]);
      expect(media.file.endsWith(`/${clip}`)).toBe(true);
      record += frames;
    }
    expect(new Set(events.map(({ reel }) => reel)).size).toBe(500);
  });

  it('is plain ASCII, says that no frames are dropped, and keeps reels to eight letters', () => {
    const timeline = timelineOf(2, { hasSound: true });
    const [one, two] = timeline.shots;
    const long = { ...one!.clip, file: '/x/the-harbour-at-night.mp4' };
    const text = edlText({ ...timeline, shots: [{ ...one!, clip: long }, two!, { ...one!, clip: long }] });
    expect(text).toMatch(/^TITLE: Unicode & <films>\r\nFCM: NON-DROP FRAME\r\n/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what must not be there
    expect(text).not.toMatch(/[^\x0d\x0a\x20-\x7e]/);
    const events = readEdl(text, 24);
    expect(events.map(({ reel, channels }) => [reel, channels])).toEqual([
      ['R1', 'AA/V'],
      ['0002', 'AA/V'],
      ['R1', 'AA/V'],
    ]);
  });

  it('refuses what it cannot hold', () => {
    expect(() => edlText(timelineOf(1000))).toThrow(InterchangeError);
    expect(() => edlText(timelineOf(1000))).toThrow(/999 events.*1000 shots; export it as otio/);
  });
});
