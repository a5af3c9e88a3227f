import { characterOf, characterSentences, type Script } from '../script/index.ts';

/** Who of a shot's people is given along as a picture, in the order of the script. */
export const referencedIn = (script: Script, index: number, most: number): string[] =>
  (script.shots[index]?.characters ?? []).slice(0, most).map(({ id }) => id);

/**
 * What a shot shows, for models that are asked in words. Which picture is whom stands first: models that get portraits
 * without it mix people up.
 * @param most how many portraits are given along; 0 for a clip, whose keyframe shows the people
 */
export function shotPrompt(script: Script, index: number, most: number): string {
  const shot = script.shots[index];
  if (!shot) throw new RangeError(`${script.file}: there is no shot with the index ${index}`);
  const pictures = referencedIn(script, index, most).map((id, i) => `Picture ${i + 1} is ${id}.`);
  const people = shot.characters.map(({ id, expression }) => {
    const { description } = characterOf(script, id);
    return `${id}: ${characterSentences(description, expression).join(' ')}`;
  });
  return [...pictures, ...people, ...shot.elements.map(asSentence), ...shot.plot.map(asSentence)].join('\n');
}

const asSentence = (text: string): string => (/[\p{L}\p{N}]$/u.test(text) ? `${text}.` : text);
