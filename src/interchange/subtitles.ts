import type { Timeline, TimelineShot } from './timeline.ts';

/** One subtitle: what is read from one frame of the film to another. */
export interface Cue {
  readonly from: number;
  /** The first frame after it. */
  readonly to: number;
  /** At most two. */
  readonly lines: readonly string[];
}

/** The most letters of a line, and lines of a cue. */
const LINE = 42;
const LINES = 2;

/**
 * What a film's subtitles show: dialogue and narration, or, in a film that has neither, the shots' plots. What is said in a shot shares
 * its time by the number of letters; what is too long for two lines of 42 letters is shown in several cues.
 */
export function cuesOf(timeline: Timeline): Cue[] {
  const isSpoken = hasSpeech(timeline);
  return timeline.shots.flatMap((shot) => shotCues(shot, isSpoken ? spoken(shot) : [shot.plot.join(' ')]));
}

/** Whether anything is said in a film. */
export const hasSpeech = ({ shots }: Timeline): boolean => shots.some(({ lines }) => lines.length > 0);

/** With the speaker's name before what two people say in one shot. */
function spoken({ lines }: TimelineShot): string[] {
  const speakers = new Set(lines.map(({ speaker }) => speaker));
  return lines.map(({ speaker, text }) =>
    speakers.size > 1 && speaker !== undefined ? `${speaker}: ${text}` : text,
  );
}

function shotCues({ at, frames }: TimelineShot, texts: readonly string[]): Cue[] {
  const parts = texts.flatMap((text) => inCues(text.replace(/\s+/g, ' ').trim()));
  const lengths = parts.map((lines) => lines.join(' ').length);
  const all = lengths.reduce((sum, length) => sum + length, 0);
  let before = 0;
  return parts.flatMap((lines, i) => {
    const from = at + Math.round((frames * before) / all);
    before += lengths[i] as number;
    const to = at + Math.round((frames * before) / all);
    return to > from ? [{ from, to, lines }] : [];
  });
}

/** A text in lines of at most 42 letters, in groups of two. Words without spaces, as in Chinese, are cut. */
function inCues(text: string): string[][] {
  const lines: string[] = [];
  let line = '';
  for (let word of text.split(' ').filter(Boolean)) {
    for (; [...word].length > LINE; word = [...word].slice(LINE).join('')) {
      if (line) lines.push(line);
      line = '';
      lines.push([...word].slice(0, LINE).join(''));
    }
    const longer = line ? `${line} ${word}` : word;
    if ([...longer].length <= LINE) line = longer;
    else {
      lines.push(line);
      line = word;
    }
  }
  if (line) lines.push(line);
  return Array.from({ length: Math.ceil(lines.length / LINES) }, (_, i) =>
    lines.slice(i * LINES, (i + 1) * LINES),
  );
}

/** SubRip: numbered cues, times to the millisecond. */
export function srtText(timeline: Timeline): string {
  return cuesOf(timeline)
    .map((cue, i) => {
      const [from, to] = [cue.from, cue.to].map((frame) => clock(frame, timeline.fps, ','));
      return `${i + 1}\n${from} --> ${to}\n${cue.lines.join('\n')}\n`;
    })
    .join('\n');
}

/** WebVTT (W3C): as SubRip, with escaped text. */
export function vttText(timeline: Timeline): string {
  const cues = cuesOf(timeline).map((cue) => {
    const [from, to] = [cue.from, cue.to].map((frame) => clock(frame, timeline.fps, '.'));
    return `${from} --> ${to}\n${cue.lines.map(escapeVtt).join('\n')}\n`;
  });
  return ['WEBVTT\n', ...cues].join('\n');
}

const escapeVtt = (text: string): string =>
  text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');

/** `00:00:01,250`: each time is rounded by itself, so that roundings do not add up. */
function clock(frame: number, fps: number, point: string): string {
  const ms = Math.round((frame * 1000) / fps);
  const two = (n: number): string => String(n).padStart(2, '0');
  const seconds = Math.floor(ms / 1000);
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}${point}${String(ms % 1000).padStart(3, '0')}`;
}
