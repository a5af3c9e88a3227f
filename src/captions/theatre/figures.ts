import { splitSentences } from '../../script/index.ts';
import { type Episode, palette, placePhrases, type Shot } from '../../theatre/index.ts';
import type { CaptionedFilm, CaptionedShot } from '../captioned.ts';
import { withNames } from '../labels.ts';
import { elementsOf } from './elements.ts';

/** How many of a film's lines are right, of how many. */
export interface CaptionFigures {
  readonly shots: number;
  readonly place: number;
  readonly time: number;
  readonly weather: number;
  readonly size: number;
  /** The true sentence comes first, and among the first five: the same, but for words that no picture tells apart. */
  readonly plotFirst: number;
  readonly plotFive: number;
  /** The same to the letter. */
  readonly plotFiveExact: number;
}

/** What is true of a film that was drawn. */
export interface DrawnTruth {
  readonly episode: Episode;
  /** The episode's shot, from 0, of each shot of the film, from 0; undefined where cuts were found wrongly. */
  shotOf(shot: number): number | undefined;
  /** The name of the character whom an identity shows; undefined for nobody's. */
  nameOf(identity: string): string | undefined;
}

export const noFigures: CaptionFigures = {
  ...{ shots: 0, place: 0, time: 0, weather: 0, size: 0, plotFirst: 0, plotFive: 0, plotFiveExact: 0 },
};

/** Compares the lines of a drawn film, captioned by the theatre's own models, with its true script; figures can be added. */
export function captionFigures(film: CaptionedFilm, truth: DrawnTruth): CaptionFigures {
  return film.shots.reduce((sum, line) => {
    const index = truth.shotOf(line.shot);
    const shot = index === undefined ? undefined : truth.episode.shots[index];
    return shot ? addFigures(sum, figuresOf(line, shot, truth)) : sum;
  }, noFigures);
}

export function addFigures(a: CaptionFigures, b: CaptionFigures): CaptionFigures {
  const names = Object.keys(noFigures) as (keyof CaptionFigures)[];
  return Object.fromEntries(names.map((name) => [name, a[name] + b[name]])) as unknown as CaptionFigures;
}

function figuresOf(line: CaptionedShot, shot: Shot, truth: DrawnTruth): CaptionFigures {
  const says = (element: string | undefined): number =>
    Number(element !== undefined && line.elements.includes(element));
  const right = elementsOf(shot);
  const [place] = right;
  const [time, size] = right.slice(-2);
  const isClear = right.length === 3 && line.elements.length === 3;
  const sentence = splitSentences(shot.plot)[0] as string;
  const names = new Map([...line.people].map(([label, id]) => [label, truth.nameOf(id) ?? '?']));
  const nearest = (line.nearest ?? [line.plot[0] as string]).map((text) => withNames(text, names));
  const same = nearest.map((text) => withoutTaste(text) === withoutTaste(sentence));
  return {
    shots: 1,
    ...{ place: says(place), time: says(time), size: says(size) },
    weather: right.length === 4 ? says(right[1]) : Number(isClear),
    plotFirst: Number(same[0] === true),
    plotFive: Number(same.slice(0, 5).includes(true)),
    plotFiveExact: Number(nearest.slice(0, 5).includes(sentence)),
  };
}

const phrases = Object.values(placePhrases)
  .flatMap(({ at, through }) => [...at, through])
  .sort((a, b) => b.length - a.length);

/** Names in a row: `Ida, Tom and Mara`. */
const lists = /\p{Lu}\p{L}+(?:, \p{Lu}\p{L}+)* and \p{Lu}\p{L}+/gu;

/** A sentence without which of a place's phrases it takes, colours of things, and the order of names in a list. */
function withoutTaste(sentence: string): string {
  const where = phrases.find((phrase) => new RegExp(`\\b${phrase}\\b`).test(sentence));
  const placed = where === undefined ? sentence : sentence.replace(where, '(there)');
  const colours = new RegExp(`\\b(an?) (${Object.keys(palette).join('|')}) `, 'g');
  const plain = placed.replace(colours, 'a ').replace(/\ban\b/g, 'a');
  return plain.replace(lists, (list) =>
    list
      .split(/, | and /)
      .sort()
      .join(', '),
  );
}
