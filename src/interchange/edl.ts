import { basename } from 'node:path';
import { InterchangeError } from './interchangeError.ts';
import { plotOf, type Timeline, type TimelineShot, timecode } from './timeline.ts';

/** The most events of a list, and the most letters of a reel's name (CMX 3600). */
const MAX_EVENTS = 999;
const REEL = 8;

/** Where the record side begins: an hour, as editors expect it. */
const recordStart = (fps: number): number => 3600 * fps;

/**
 * The cut as an edit decision list (CMX 3600): one cut a shot, non-drop time code, record times without gaps. Files are found by
 * `FROM CLIP NAME`. The format is ASCII: accents fall off, letters of other scripts become `?`.
 * @throws InterchangeError for more than 999 shots
 */
export function edlText(timeline: Timeline): string {
  const { title, fps, shots, seed } = timeline;
  if (shots.length > MAX_EVENTS) {
    throw new InterchangeError(
      `an EDL holds ${MAX_EVENTS} events, and the film has ${shots.length} shots; export it as otio, fcpxml or mlt`,
    );
  }
  const reels = reelNames(shots);
  const events = shots.flatMap((shot, i) => {
    const record = recordStart(fps) + shot.at;
    const times = [shot.start, shot.start + shot.frames, record, record + shot.frames];
    const channels = shot.clip.hasSound ? 'AA/V' : 'V';
    const number = String(i + 1).padStart(3, '0');
    const spoken = shot.lines.map(
      ({ speaker, text }) => `* COMMENT: ${ascii(`${speaker ?? 'NARRATION'}: ${text}`)}`,
    );
    return [
      '',
      `${number}  ${reels[i]?.padEnd(REEL)} ${channels.padEnd(5)} C        ${times.map((t) => timecode(t, fps)).join(' ')}`,
      `* FROM CLIP NAME: ${ascii(basename(shot.clip.file))}`,
      `* COMMENT: ${ascii(plotOf(shot))}`,
      ...spoken,
      `* COMMENT: MOVIEDREAMER SHOT ${ascii(shot.id)} SEED ${seed} TAKE ${shot.take}`,
      `* LOC: ${timecode(record, fps)} GREEN   ${ascii(shot.label)}`,
    ];
  });
  return `${[`TITLE: ${ascii(title)}`, 'FCM: NON-DROP FRAME', ...events].join('\r\n')}\r\n`;
}

/** Names of at most eight capital letters and digits, one for each clip: its file's name where that will do. */
function reelNames(shots: readonly TimelineShot[]): string[] {
  const taken = new Map<string, string>(); // reel, file
  return shots.map(({ clip, place }) => {
    const name = ascii(basename(clip.file).replace(/\.[^.]+$/, ''))
      .toUpperCase()
      .replace(/[^A-Z0-9]/g, '');
    const free = (reel: string): boolean => (taken.get(reel) ?? clip.file) === clip.file;
    const known = [...taken].find(([, file]) => file === clip.file)?.[0];
    const own = name.length > 0 && name.length <= REEL && free(name) ? name : `R${place}`;
    const reel = known ?? own;
    taken.set(reel, clip.file);
    return reel;
  });
}

/** One line of printable ASCII. */
function ascii(text: string): string {
  const plain = text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[\u2018\u2019]/g, "'")
    .replace(/[\u201c\u201d]/g, '"')
    .replace(/[\u2010-\u2015]/g, '-');
  return Array.from(plain.replace(/\s+/g, ' '), (c) => (/[\x20-\x7e]/.test(c) ? c : '?'))
    .join('')
    .trimEnd();
}
