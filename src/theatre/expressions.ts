import type { Expression } from './types.ts';

/** The avataaars parts that act. */
export interface FaceParts {
  readonly eyes: string;
  readonly brows: string;
  readonly mouth: string;
}

const p = (eyes: string, brows: string, mouth: string): FaceParts => ({ eyes, brows, mouth });

/**
 * One face for each expression, of parts that lie far apart. With two or three faces an expression, models painted their mean,
 * which told no mood (docs/log.md).
 */
export const faces: Readonly<Record<Expression, FaceParts>> = {
  neutral: p('default', 'defaultNatural', 'serious'),
  smiling: p('happy', 'defaultNatural', 'twinkle'),
  laughing: p('happy', 'raisedExcited', 'smile'),
  sad: p('default', 'sadConcerned', 'sad'),
  crying: p('cry', 'sadConcerned', 'concerned'),
  angry: p('squint', 'angry', 'screamOpen'),
  surprised: p('surprised', 'raisedExcited', 'disbelief'),
  afraid: p('surprised', 'sadConcerned', 'grimace'),
  sleepy: p('closed', 'flatNatural', 'serious'),
  thoughtful: p('eyeRoll', 'upDown', 'serious'),
};

/** Words a script may use for each expression. The first is the class's own name. */
export const words: Readonly<Record<Expression, readonly string[]>> = {
  neutral: ['neutral', 'calm', 'serious', 'expressionless'],
  smiling: ['smiling', 'happy', 'cheerful', 'content', 'glad', 'pleased'],
  laughing: ['laughing', 'overjoyed', 'delighted', 'roaring with laughter'],
  sad: ['sad', 'unhappy', 'disappointed', 'gloomy', 'sorrowful'],
  crying: ['crying', 'in tears', 'weeping', 'sobbing'],
  angry: ['angry', 'furious', 'cross', 'enraged', 'annoyed'],
  surprised: ['surprised', 'astonished', 'amazed', 'startled', 'stunned'],
  afraid: ['afraid', 'frightened', 'scared', 'terrified', 'fearful'],
  sleepy: ['sleepy', 'tired', 'with closed eyes', 'drowsy', 'exhausted'],
  thoughtful: ['thoughtful', 'doubtful', 'wondering', 'pensive'],
};

/** The mouth of somebody who speaks at this moment: open and shut in turns, so that the mood stays readable. */
export function talkingMouth(parts: FaceParts): string {
  return parts.mouth === 'default' || parts.mouth === 'smile' || parts.mouth === 'screamOpen'
    ? 'serious'
    : 'default';
}
