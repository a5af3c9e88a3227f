import { type Finding, MAX_FINDINGS } from './describeIssue.ts';
import { nearest } from './nearest.ts';
import type { CutItem } from './schema.ts';
import type { CutPiece, ParsedScript } from './script.ts';

/** A piece as the file gives it, with what is left out left out. */
export function toPiece(item: CutItem): CutPiece {
  const { shot, ...stretch } = typeof item === 'object' ? item : { shot: item };
  return { shot: String(shot).normalize('NFC'), ...stretch };
}

/** Pieces of shots that are not there, and stretches that are not in their clips. */
export function checkCut({ cut = [], shots }: ParsedScript): Finding[] {
  const lengths = new Map(
    shots.flatMap(({ id, seconds }) => (id === undefined ? [] : [[id, seconds] as const])),
  );
  const findings = cut.flatMap(({ shot, from = 0, to }, i): Finding[] => {
    const path = ['cut', i];
    const seconds = lengths.get(shot);
    if (seconds === undefined) {
      const guess = /^\d+$/.test(shot) ? undefined : nearest(shot, [...lengths.keys()]); // numbers are all alike
      const unnamed = shots.some(({ id }) => id === undefined);
      const fix = guess
        ? `did you mean "${guess}"?`
        : unnamed
          ? 'give the shots ids: generate --write-ids writes those of the film'
          : `use one of ${[...lengths.keys()].slice(0, 8).join(', ')}`;
      return [{ path, message: `cut ${i + 1} names the shot "${shot}", which has no such id`, fix }];
    }
    if (from >= (to ?? seconds) || (to ?? seconds) > seconds + 1e-9) {
      const message = `cut ${i + 1} goes from ${from} to ${to ?? seconds} s; its shot has ${seconds} s`;
      return [{ path, message, fix: 'write seconds of the shot, the smaller number first' }];
    }
    return [];
  });
  return findings.slice(0, MAX_FINDINGS);
}
