import { frameSentences, parseScript } from '../../script/index.ts';
import { episodeToScript } from '../../theatre/index.ts';
import type { EpisodeRecord, FrameSet } from './theatreFrames.ts';

/** The sentences of every frame, as its script's layout has them, by the frames' rows. */
export function captions(set: FrameSet): string[][] {
  const rows: string[][] = [];
  for (const [i, record] of set.episodes.entries()) {
    const sentences = sentencesOf(record, `episode ${i}`);
    for (const { row, shot } of record.frames) rows[row] = sentences[shot] as string[];
  }
  return rows;
}

function sentencesOf({ episode }: EpisodeRecord, file: string): string[][] {
  const script = parseScript(JSON.stringify(episodeToScript(episode)), { file });
  return script.shots.map((shot) => frameSentences(shot, script));
}

/** Sentences as one text. */
export function joined(sentences: readonly string[]): string {
  return sentences.map((s) => (/[.!?…]$/.test(s) ? s : `${s}.`)).join(' ');
}
