import { plainName } from './names.ts';

/** A person of the film. */
export interface Character {
  readonly id: string;
  /** Path of the portrait, resolved against the script file. */
  readonly face: string;
  readonly description: string;
}

export interface Shot {
  /** What the script calls it; see `shotFileName`. Without one the film's folder keeps one for it. */
  readonly id?: string | undefined;
  /** At most five, in the order of the file; the expression may be empty. */
  readonly characters: readonly { readonly id: string; readonly expression: string }[];
  readonly elements: readonly string[];
  /** Sentences. */
  readonly plot: readonly string[];
  readonly seconds: number;
}

/** A parsed script: consistent in itself; its pictures have not been looked at. */
export interface ParsedScript {
  /** The script file, as named when it was read; of a script in memory its name, see `createScript`. */
  readonly file: string;
  readonly title: string | undefined;
  readonly characters: readonly Character[];
  readonly shots: readonly Shot[];
  /** Paths of the few-shot reference pictures, resolved against the script file. */
  readonly references: readonly string[];
}

/** A script whose pictures have all been decoded once. */
export interface Script extends ParsedScript {
  /** SHA-256 (hex) of each picture file, by its path as in `Character.face` and `references`. */
  readonly pictures: ReadonlyMap<string, string>;
  /**
   * Of a script that `createScript` made: the bytes of pictures that were given as bytes, by the name that stands for them in
   * `Character.face` and `references`. Undefined for a script that was read from a file.
   */
  readonly inMemory?: ReadonlyMap<string, Uint8Array>;
}

/** The character named `id`; throws when the script has none. */
export function characterOf(script: ParsedScript, id: string): Character {
  const name = plainName(id);
  const character = script.characters.find((c) => c.id === id || plainName(c.id) === name);
  if (!character) throw new RangeError(`${script.file}: the script declares no character "${id}"`);
  return character;
}
