import type { ModelLoader } from '../inference/index.ts';
import { frameSentences, type Script, type Shot } from '../script/index.ts';
import type { DreamEvent } from './events.ts';

/** Sentences that are told of one by one. */
const MOST_CUT = 10;

/**
 * Says which sentences are longer than the text tower reads.
 * @param indices the shots that are made, from 0
 */
export async function* cutNotices(
  loader: ModelLoader,
  script: Script,
  indices: readonly number[],
): AsyncGenerator<DreamEvent, void, void> {
  const firstShot = new Map<string, number>();
  for (const index of indices)
    for (const sentence of frameSentences(script.shots[index] as Shot, script))
      if (!firstShot.has(sentence)) firstShot.set(sentence, index + 1);
  const cut = await loader.cutSentences(firstShot.keys());
  for (const { sentence, tokens, positions, lastRead } of cut.slice(0, MOST_CUT)) {
    const message =
      `shot ${firstShot.get(sentence)}: a sentence of ${tokens} tokens is cut after ${positions}: the last that is read ` +
      `is '…${lastRead}'; make two sentences of it`;
    yield { type: 'notice', message };
  }
  const more = cut.length - MOST_CUT;
  if (more > 0)
    yield { type: 'notice', message: `${more} more sentences are cut after ${cut[0]?.positions} tokens` };
}
