import { parseDocument } from 'yaml';
import { formatScript, limits, parseScript, type ScriptFile, splitSentences } from '../script/index.ts';
import type { CaptionedFilm, CaptionedShot } from './captioned.ts';
import { CaptionsError } from './captionsError.ts';
import { withNames } from './labels.ts';
import { timeCode } from './timeCode.ts';

export interface FilmScriptOptions {
  /** Names by identity. */
  readonly names: ReadonlyMap<string, string>;
  /** Path of somebody's portrait, as the script gives it; undefined where there is none: then nobody of that name is in it. */
  portraitOf(identity: string): string | undefined;
  /** Few-shot references, as the script gives them. Default: none. */
  readonly references?: readonly string[] | undefined;
}

/** Clips are at least that long, in seconds. */
const shortest = 0.5;

/** A film's script as `generate` takes it. People who have no portrait or description are called "somebody". */
export function filmScript(captioned: CaptionedFilm, options: FilmScriptOptions): ScriptFile {
  const { film, shots, characters } = captioned;
  const described = [...characters].flatMap(([identity, description]) => {
    const face = options.portraitOf(identity);
    return face === undefined ? [] : [{ identity, name: nameOf(identity, options), face, description }];
  });
  const known = new Map(described.map(({ identity, name }) => [identity, name]));
  const lines = shots.map((shot) =>
    lineOf(shot, film.shots[shot.shot] as { from: number; to: number }, known),
  );
  const cast = new Set(lines.flatMap(({ characters: own }) => Object.keys(own ?? {})));
  const people = described.filter(({ name }) => cast.has(name));
  if (lines.length === 0)
    throw new CaptionsError(`${film.id}: no shot has a line; report.json says what was left out, and why`);
  return {
    version: 1,
    title: film.title.trim().slice(0, limits.text) || film.id,
    ...(people.length > 0
      ? {
          characters: Object.fromEntries(
            people.map(({ name, face, description }) => [
              name,
              { face, description: cut(splitSentences(description).slice(0, 2).join(' ')) },
            ]),
          ),
        }
      : {}),
    shots: lines,
    ...(options.references?.length ? { references: options.references.slice(0, limits.references) } : {}),
  };
}

const nameOf = (identity: string, { names }: FilmScriptOptions): string => names.get(identity) ?? identity;

function lineOf(
  shot: CaptionedShot,
  { from, to }: { readonly from: number; readonly to: number },
  known: ReadonlyMap<string, string>,
): ScriptFile['shots'][number] {
  const labels = new Map(
    [...shot.people].map(([label, identity]) => [label, known.get(identity) ?? 'somebody']),
  );
  const told = shot.plot.map((text) => startUpper(withNames(text, labels)));
  const characters: Record<string, string | null> = {};
  for (const [label, identity] of shot.people) {
    const name = known.get(identity);
    if (name !== undefined) characters[name] = cut(shot.expressions[label] ?? '') || null;
  }
  const count = Object.keys(characters).length;
  // a description and an expression may be a sentence or two of each person: the rest is for elements and plot
  const room = Math.max(2, limits.sentencesPerShot - 2 * count);
  const plot = told
    .flatMap((text) => splitSentences(text))
    .map(cut)
    .slice(0, Math.ceil(room / 2));
  const elements = shot.elements
    .map((text) => cut(text.replace(/[.;,\s]+$/, '')))
    .filter((text) => text !== '');
  const seconds = Math.min(limits.seconds, Math.max(shortest, Math.round((to - from) * 1000) / 1000));
  return {
    ...(count > 0 ? { characters } : {}),
    ...(elements.length > 0 ? { elements: elements.slice(0, room - plot.length) } : {}),
    plot: plot.length === 1 ? (plot[0] as string) : plot,
    seconds,
  };
}

const cut = (text: string): string => text.trim().slice(0, limits.text);
const startUpper = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/**
 * The script's text; before each shot a comment says where in the film it is. Checked as `generate` would.
 * @throws ScriptError where names or texts are not what a script takes, with how to mend it
 */
export function filmScriptText(captioned: CaptionedFilm, script: ScriptFile, file: string): string {
  const document = parseDocument(formatScript(script));
  const items = (document.get('shots') as { items: { commentBefore?: string | null }[] }).items;
  for (const [i, { shot, frame }] of captioned.shots.entries()) {
    const { from, to } = captioned.film.shots[shot] as { from: number; to: number };
    const item = items[i];
    if (item)
      item.commentBefore = ` ${timeCode(from)} - ${timeCode(to)}, keyframe ${frame.id} at ${timeCode(frame.seconds)}`;
  }
  document.commentBefore = ` Made from the film by ${captioned.models.captioner.id} and ${captioned.models.scripter.id}; names are in cast.yaml.`;
  const text = document.toString({ lineWidth: 110, flowCollectionPadding: true });
  parseScript(text, { file });
  return text;
}
