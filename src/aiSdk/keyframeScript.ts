import { createScript, RunError, type Script } from '../film/index.ts';
import { limits, splitSentences } from '../script/index.ts';
import { bytesOf, type CallCharacter, type MovieDreamerCallOptions } from './callOptions.ts';
import type { CallFile } from './spec.ts';

/** What a keyframe is drawn from. */
export interface KeyframeAsked extends Pick<MovieDreamerCallOptions, 'characters' | 'elements'> {
  readonly prompt: string | undefined;
  readonly files: readonly CallFile[] | undefined;
}

const picture = /^Picture (\d+) is (.+?)\.?$/;

/**
 * A script of one shot. Pictures of the prompt are portraits: of the characters without one, in their order; then of those
 * whom the prompt names by lines such as "Picture 1 is mara."; then of `person 1`, `person 2` and so on.
 * @throws RunError for a call without a prompt, or a character without a portrait; ScriptError for what no shot can be
 */
export async function keyframeScript(asked: KeyframeAsked): Promise<Script> {
  const lines = (asked.prompt ?? '')
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter(Boolean);
  const names = new Map(lines.flatMap((line) => named(line)));
  const characters = withPortraits(asked, names);
  const plot = lines.filter((line) => !picture.test(line)).flatMap(splitSentences);
  if (plot.length === 0)
    throw new RunError('the prompt is empty; say in sentences what is to be seen, such as "Rain on a sea."');
  const people = characters.map(({ name, portrait, description = 'A person.' }, i) => [
    name,
    {
      face: bytesOf(portrait as Uint8Array | string, `the portrait of character ${i + 1}, ${name},`),
      description,
    },
  ]);
  const shot = {
    characters: Object.fromEntries(characters.map(({ name, expression = null }) => [name, expression])),
    ...{ elements: asked.elements ?? [], plot },
  };
  return createScript({ characters: Object.fromEntries(people), shots: [shot] }, { name: 'prompt' });
}

function named(line: string): [number, string][] {
  const [, number, name] = picture.exec(line) ?? [];
  return name === undefined ? [] : [[Number(number), name]];
}

function withPortraits(
  { characters = [], files = [] }: KeyframeAsked,
  names: ReadonlyMap<number, string>,
): CallCharacter[] {
  const left = files.map((file, i) => ({
    data: bytesOf(file, `picture ${i + 1} of the prompt`),
    number: i + 1,
  }));
  const given = characters.map((character) => {
    if (character.portrait !== undefined) return character;
    const isTheirs = ({ number }: { readonly number: number }): boolean =>
      names.get(number) === character.name;
    const at = Math.max(0, left.findIndex(isTheirs));
    const [next] = left.splice(at, 1);
    if (next) return { ...character, portrait: next.data };
    throw new RunError(
      `character "${character.name}" has no portrait; give one, or a picture in the prompt for each character without`,
    );
  });
  const others = left.map(({ data, number }, i) => ({
    name: names.get(number) ?? `person ${characters.length + i + 1}`,
    portrait: data,
  }));
  const all = [...given, ...others];
  if (all.length <= limits.charactersPerShot) return all;
  throw new RunError(
    `${all.length} people in one picture; at most ${limits.charactersPerShot} can be (paper, appendix A): give fewer portraits`,
  );
}
