import type { Random } from '../random/index.ts';
import { characterOf, characterSentences, frameLayout, frameSentences } from '../script/index.ts';
import { type Expression, expressions, words } from '../theatre/index.ts';
import { episodeScript } from './episodeScript.ts';
import type { EpisodeRecord, FrameSet } from './theatreFrames.ts';

/** Somebody in a frame: the sentence that describes them, how they look, and the box of their face. */
export interface DescribedPerson {
  readonly text: string;
  readonly description: string;
  readonly expression: Expression;
  /** What the script says of their hands, beside the expression. */
  readonly action?: string;
  readonly box: readonly [number, number, number, number];
}

/** What a script says about a frame. */
export interface FrameTexts {
  /** The sentences in the order of the layout. */
  readonly sentences: readonly string[];
  readonly people: readonly DescribedPerson[];
}

/** The texts of every frame, as its script's layout has them, by the frames' rows. */
export function frameTexts(set: FrameSet): FrameTexts[] {
  const rows: FrameTexts[] = [];
  for (const [i, record] of set.episodes.entries()) addTexts(rows, record, `episode ${i}`);
  return rows;
}

function addTexts(rows: FrameTexts[], record: EpisodeRecord, file: string): void {
  const { episode, frames } = record;
  const script = episodeScript(record, file);
  for (const { row, shot: index, faces } of frames) {
    const shot = script.shots[index];
    if (!shot)
      throw new RangeError(`${file}: frame ${row} is of shot ${index}, which the script does not have`);
    const layout = frameLayout(shot, script, 0);
    const people = faces.flatMap(({ character, box }) => {
      const at = layout.findIndex((s) => s.kind === 'face' && s.character === character);
      const next = layout[at + 1];
      const actor = episode.shots[index]?.characters.find((a) => a.id === character);
      if (at < 0 || next?.kind !== 'sentence' || !actor) return [];
      const { description } = characterOf(script, character);
      const { expression, action } = actor;
      return [{ text: next.text, description, expression, ...(action ? { action } : {}), box }];
    });
    rows[row] = { sentences: frameSentences(shot, script), people };
  }
}

/** The sentence about a person with an expression that is not theirs. */
export function wrongExpression(
  { description, expression, action }: DescribedPerson,
  random: Random,
): string {
  const other = random.pick(expressions.filter((e) => e !== expression));
  const said = [random.pick(words[other]), ...(action ? [action] : [])].join(', ');
  return characterSentences(description, said)[0] as string;
}

/** Sentences as one text. */
export function joined(sentences: readonly string[]): string {
  return sentences.map((s) => (/[.!?…]$/.test(s) ? s : `${s}.`)).join(' ');
}
