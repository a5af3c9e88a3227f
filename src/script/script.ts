import { plainName } from './names.ts';

/** A person of the film. */
export interface Character {
  /** The name that shots use for this person. */
  readonly id: string;
  /** Path of the portrait, resolved against the script file. */
  readonly face: string;
  /** Appearance in words, as sentences. */
  readonly description: string;
}

/** A line of dialogue. */
export interface DialogueLine {
  /** A name that the script declares. */
  readonly speaker: string;
  /** What is said. */
  readonly text: string;
  /** How it is said, such as `whispering`. Default: not said. */
  readonly tone?: string | undefined;
}

/** One shot of the film: one keyframe and one clip. */
export interface Shot {
  /** What the script calls it; see `shotFileName`. Without one the film's folder keeps one for it. */
  readonly id?: string | undefined;
  /** At most five, in the order of the file; the expression may be empty. */
  readonly characters: readonly { readonly id: string; readonly expression: string }[];
  /** What the picture contains beside the people, such as place, time of day and weather; may be empty. */
  readonly elements: readonly string[];
  /** Sentences. */
  readonly plot: readonly string[];
  /** Length of the clip in seconds. */
  readonly seconds: number;
  /** Heading of the scene. This and what follows it is for people, subtitles and editors: no model is told. Default: none. */
  readonly scene?: string | undefined;
  /** What is said. Default: nothing. */
  readonly dialogue?: readonly DialogueLine[] | undefined;
  /** What a narrator says, in sentences. Default: nothing. */
  readonly narration?: readonly string[] | undefined;
  /** Default: none. */
  readonly notes?: readonly string[] | undefined;
  /** Path of a picture of one's own in place of a generated keyframe, resolved against the script file. Default: none. */
  readonly keyframe?: string | undefined;
}

/** A stretch of a shot's clip, where the film shows it. */
export interface CutPiece {
  /** Id of the shot. */
  readonly shot: string;
  /** Seconds into the clip, from 0. Default: 0. */
  readonly from?: number | undefined;
  /** Seconds into the clip, more than `from`. Default: its end. */
  readonly to?: number | undefined;
}

/** A parsed script: consistent in itself; its pictures have not been looked at. */
export interface ParsedScript {
  /** The script file, as named when it was read; of a script in memory its name, see `createScript`. */
  readonly file: string;
  /** Title of the film; undefined if the script has none. */
  readonly title: string | undefined;
  /** All people of the film, in the order of the file. */
  readonly characters: readonly Character[];
  /** The film in order, at least one shot. */
  readonly shots: readonly Shot[];
  /** Paths of the few-shot reference pictures, resolved against the script file. */
  readonly references: readonly string[];
  /** What the film shows, piece after piece; undefined: all shots follow each other. Every piece names a shot with an id. */
  readonly cut?: readonly CutPiece[] | undefined;
}

/** A script whose pictures have all been decoded once. */
export interface Script extends ParsedScript {
  /** SHA-256 (hex) of each picture file, by its path as in `Character.face`, `Shot.keyframe` and `references`. */
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
