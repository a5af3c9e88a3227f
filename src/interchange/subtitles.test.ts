import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { timelineOf } from '../testing/timelines.ts';
import { cuesOf, srtText, vttText } from './subtitles.ts';
import type { Timeline, TimelineLine } from './timeline.ts';

const withLines = (lines: readonly TimelineLine[], frames = 96): Timeline => {
  const timeline = timelineOf(1);
  return { ...timeline, shots: [{ ...timeline.shots[0]!, frames, lines }] };
};

describe('subtitles', () => {
  it('show what is said, with names where several speak', () => {
    const timeline = withLines([
      { kind: 'dialogue', speaker: 'mara', text: 'Look!' },
      { kind: 'dialogue', speaker: 'tom', text: 'A light?' },
    ]);
    expect(srtText(timeline)).toBe(
      '1\n00:00:00,000 --> 00:00:01,833\nmara: Look!\n\n2\n00:00:01,833 --> 00:00:04,000\ntom: A light?\n',
    );
    const one = withLines([{ kind: 'narration', text: 'Once < upon & a time.' }]);
    expect(vttText(one)).toBe('WEBVTT\n\n00:00:00.000 --> 00:00:04.000\nOnce &lt; upon &amp; a time.\n');
  });

  it('show the plots of a film in which nobody speaks', () => {
    expect(srtText(timelineOf(2))).toContain('Zoë says "1" < 2 & goes.');
  });

  it('lie within their shots over 500 shots, without drift', () => {
    const timeline = timelineOf(500);
    const last = timeline.shots.at(-1)!;
    const times = srtText(timeline).match(/--> [\d:,]+/g) ?? [];
    const [h, m, s, ms] = /(\d+):(\d+):(\d+),(\d+)/
      .exec(times.at(-1) ?? '')!
      .slice(1)
      .map(Number);
    const end = ((h! * 60 + m!) * 60 + s!) * 1000 + ms!;
    expect(end).toBe(Math.round(((last.at + last.frames) * 1000) / 24));
  });

  it('break any text into two lines of 42 letters, lose no word, and follow each other', () => {
    const words = fc.array(fc.stringMatching(/^[a-zé日]{1,60}$/u), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(words, (list) => {
        const cues = cuesOf(withLines([{ kind: 'narration', text: list.join(' ') }], 24 * 120));
        const shown = cues.flatMap(({ lines }) => lines);
        expect(shown.every((line) => [...line].length <= 42)).toBe(true);
        expect(cues.every(({ lines }) => lines.length <= 2)).toBe(true);
        expect(shown.join('').replace(/ /g, '')).toBe(list.join(''));
        expect(cues.every(({ from, to }, i) => from === (cues[i - 1]?.to ?? 0) && to > from)).toBe(true);
      }),
    );
  });
});
