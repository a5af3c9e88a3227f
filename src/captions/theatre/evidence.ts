import { mensTops, type Pose, type PropName, womensTops } from '../../theatre/index.ts';
import { type Question, questionNames, questions } from './questions.ts';

/** Probabilities of the answers to each question about a person, in the order of the question's answers. */
export type Reading = Readonly<Record<Question, readonly number[]>>;

/** What a picture may show: how alike it is to the sets, by place, time, weather and size, -1 .. 1. */
export interface SetReading {
  /** [places, times, weathers], row by row: the most alike set of each, of the sizes that fit. */
  readonly sets: readonly number[];
  /** Undefined where no face tells it and sets do. */
  readonly size: string;
}

/** The mean of several readings of one person. */
export function meanReading(readings: readonly Reading[]): Reading {
  const of = (name: Question): number[] =>
    questions[name].answers.map(
      (_, a) => readings.reduce((sum, own) => sum + (own[name][a] as number), 0) / readings.length,
    );
  return Object.fromEntries(questionNames.map((name) => [name, of(name)])) as unknown as Reading;
}

export function likeliest(reading: Reading, name: Question): string {
  const { answers } = questions[name];
  const own = reading[name];
  return answers[own.indexOf(Math.max(...own))] as string;
}

/** Told by hair and hat, and where both wear them by the beard, as the theatre draws people. */
export function genderOf(reading: Reading): 'woman' | 'man' {
  const top = likeliest(reading, 'top');
  if (womensTops.includes(top)) return 'woman';
  if (mensTops.includes(top)) return 'man';
  return likeliest(reading, 'facialHair') === 'none' ? 'woman' : 'man';
}

/** A share of every probability that is given to all answers alike: readings are never that sure. */
const DOUBT = 0.02;

export function chance(reading: Reading, name: Question, answer: string): number {
  const { answers } = questions[name];
  const own = reading[name][answers.indexOf(answer)] ?? 0;
  return (1 - DOUBT) * own + DOUBT / answers.length;
}

/** Poses in which hands hold something. */
export const holding: readonly Pose[] = ['hold', 'raise', 'shelter'];

/** What is likeliest in somebody's hands; undefined where nothing is the likeliest. */
export function heldBy(reading: Reading): { readonly name: PropName; readonly colour: string } | undefined {
  const name = likeliest(reading, 'prop');
  return name === 'nothing'
    ? undefined
    : { name: name as PropName, colour: likeliest(reading, 'propColour') };
}
