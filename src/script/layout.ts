import { limits } from './schema.ts';
import { characterOf, type ParsedScript, type Shot } from './script.ts';
import { characterSentences } from './sentences.ts';

/**
 * A piece of the autoregressor's input. `identifier`: text tokens of the language model; `face`: one face token;
 * `sentence`: one text-encoder token; `visual`: the `index`-th compressed token of the frame.
 */
export type Segment =
  | { readonly kind: 'identifier'; readonly text: string }
  | { readonly kind: 'face'; readonly character: string }
  | { readonly kind: 'sentence'; readonly text: string }
  | { readonly kind: 'visual'; readonly index: number };

/** Special tokens at both ends of a frame (paper, appendix A). */
export const START_OF_FRAME = '[START_OF_FRAME]';
export const END_OF_FRAME = '[END_OF_FRAME]';

/** The heading behind the characters. */
const SCENE_ELEMENTS = 'Scene Elements:';

/** All identifiers there are: the vocabulary that a tokenizer of the language model must have. */
export const identifiers: readonly string[] = [
  START_OF_FRAME,
  'Characters:',
  SCENE_ELEMENTS,
  'Plots:',
  '-',
  END_OF_FRAME,
];

/** Compressed tokens a frame (paper 3.2). */
export const VISUAL_TOKENS = 2;

/**
 * One shot as the autoregressor reads it (paper 3.4, appendix A and figure 16):
 * `[START_OF_FRAME] Characters: - <face> <sentence>… Scene Elements: - <sentence>… Plots: - <sentence>… <token><token>
 * [END_OF_FRAME]`. The three headings are always there, each item has its dash. Pure structure: who encodes what, and
 * how, is the dreamer's business.
 */
export function frameLayout(
  shot: Shot,
  script: ParsedScript,
  visualTokens: number = VISUAL_TOKENS,
): Segment[] {
  const segments = [identifier(START_OF_FRAME), identifier('Characters:')];
  for (const { id, expression } of shot.characters) {
    segments.push(identifier('-'), { kind: 'face', character: id });
    segments.push(...characterSentences(characterOf(script, id).description, expression).map(sentence));
  }
  segments.push(identifier(SCENE_ELEMENTS));
  for (const text of shot.elements) segments.push(identifier('-'), sentence(text));
  segments.push(identifier('Plots:'));
  for (const text of shot.plot) segments.push(identifier('-'), sentence(text));
  return [...segments, ...visuals(visualTokens), identifier(END_OF_FRAME)];
}

/** A few-shot reference frame, put in front of the script: tokens between the two special tokens, no text. */
export function referenceLayout(visualTokens: number = VISUAL_TOKENS): Segment[] {
  return [identifier(START_OF_FRAME), ...visuals(visualTokens), identifier(END_OF_FRAME)];
}

/** The sentences of a shot in the order of its layout: the renderer's text rows, at most 15. */
export function frameSentences(shot: Shot, script: ParsedScript): string[] {
  return frameLayout(shot, script, 0).flatMap((segment) =>
    segment.kind === 'sentence' ? [segment.text] : [],
  );
}

/**
 * Whom each sentence of a layout is about: the number of the face before it, from 0, or -1 for those about the scene
 * and the plot.
 */
export function sentenceOwners(
  layout: readonly { readonly kind: string; readonly text?: string }[],
): number[] {
  const owners: number[] = [];
  let faces = 0;
  let isScene = false;
  for (const segment of layout) {
    if (segment.kind === 'face') faces++;
    if (segment.kind === 'identifier' && segment.text === SCENE_ELEMENTS) isScene = true;
    if (segment.kind === 'sentence') owners.push(isScene ? -1 : faces - 1);
  }
  return owners;
}

/** The characters of a shot in the order of its layout: the renderer's face rows, at most 5. */
export function frameFaces(shot: Shot): string[] {
  return shot.characters.map(({ id }) => id);
}

/** What is too much for one frame, in words with a remedy; undefined when all fits. */
export function frameOverflow(
  shot: Shot,
  script: ParsedScript,
): { message: string; fix: string } | undefined {
  const count = frameSentences(shot, script).length;
  if (count <= limits.sentencesPerShot) return undefined;
  return {
    message: `has ${count} sentences in its descriptions, elements and plot; a frame holds ${limits.sentencesPerShot}`,
    fix: `shorten it by ${count - limits.sentencesPerShot}, or make two shots of it`,
  };
}

const identifier = (text: string): Segment => ({ kind: 'identifier', text });
const sentence = (text: string): Segment => ({ kind: 'sentence', text });

function visuals(count: number): Segment[] {
  if (!Number.isInteger(count) || count < 0)
    throw new RangeError(`visualTokens must be 0, 1, 2, ..., got ${count}`);
  return Array.from({ length: count }, (_, index) => ({ kind: 'visual', index }));
}
