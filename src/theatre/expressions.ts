import type { Random } from '../random/index.ts';
import type { Expression } from './types.ts';

/** The avataaars parts that act. */
export interface FaceParts {
  readonly eyes: string;
  readonly brows: string;
  readonly mouth: string;
}

const p = (eyes: string, brows: string, mouth: string): FaceParts => ({ eyes, brows, mouth });

/** Each expression as a few faces. No face belongs to two expressions. */
export const faces: Readonly<Record<Expression, readonly FaceParts[]>> = {
  neutral: [p('default', 'default', 'serious'), p('default', 'defaultNatural', 'serious')],
  smiling: [
    p('default', 'default', 'twinkle'),
    p('happy', 'defaultNatural', 'twinkle'),
    p('default', 'raisedExcitedNatural', 'smile'),
  ],
  laughing: [
    p('happy', 'raisedExcited', 'smile'),
    p('happy', 'default', 'smile'),
    p('happy', 'raisedExcited', 'tongue'),
  ],
  sad: [
    p('default', 'sadConcernedNatural', 'sad'),
    p('default', 'sadConcerned', 'sad'),
    p('squint', 'sadConcerned', 'sad'),
  ],
  crying: [
    p('cry', 'sadConcerned', 'concerned'),
    p('cry', 'sadConcernedNatural', 'sad'),
    p('cry', 'sadConcerned', 'sad'),
  ],
  angry: [
    p('default', 'angry', 'grimace'),
    p('squint', 'angry', 'serious'),
    p('default', 'angryNatural', 'screamOpen'),
  ],
  surprised: [
    p('surprised', 'raisedExcited', 'default'),
    p('surprised', 'raisedExcitedNatural', 'disbelief'),
    p('surprised', 'raisedExcited', 'disbelief'),
  ],
  afraid: [p('surprised', 'sadConcerned', 'grimace'), p('surprised', 'sadConcernedNatural', 'concerned')],
  sleepy: [p('closed', 'defaultNatural', 'serious'), p('closed', 'flatNatural', 'default')],
  thoughtful: [
    p('side', 'upDown', 'serious'),
    p('side', 'upDownNatural', 'serious'),
    p('eyeRoll', 'upDown', 'serious'),
  ],
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

export const pickFace = (expression: Expression, random: Random): FaceParts => random.pick(faces[expression]);

/** The mouth of somebody who speaks at this moment: open and shut in turns, so that the mood stays readable. */
export function talkingMouth(parts: FaceParts): string {
  return parts.mouth === 'default' || parts.mouth === 'smile' || parts.mouth === 'screamOpen'
    ? 'serious'
    : 'default';
}
