import { z } from 'zod';

/** Limits of a script. The paper: top 5 characters a frame and 15 sentences (appendix A), 10 reference frames (3.4). */
export const limits = {
  charactersPerShot: 5,
  sentencesPerShot: 15,
  references: 10,
  /** Lines of dialogue, or sentences of narration, or notes, of one shot. */
  linesPerShot: 100,
  /** Pieces of a cut. */
  cut: 10_000,
  /** Longer than any clip that stays coherent; catches a time given in frames or milliseconds. */
  seconds: 120,
  /** Characters of one text; a sentence becomes one embedding, which cannot hold more. */
  text: 2000,
  fileBytes: 4_194_304,
  /** Values that all aliases of a file unfold to. */
  unfolded: 100_000,
} as const;

export const DEFAULT_SECONDS = 3;

/** The newest `version` of the script format that this program reads. */
export const SCRIPT_VERSION = 1;

/**
 * Ids of shots: letters or digits first, then letters, digits, `_` and `-`. They name files (`keyframes/<id>.png`), so
 * names that Windows keeps for devices are left out.
 */
export const shotIdPattern: RegExp =
  /^(?!(?:con|prn|aux|nul|com\d|lpt\d)$)[\p{L}\p{N}][\p{L}\p{M}\p{N}_-]{0,63}$/iu;

/**
 * Names of characters: letters of any script first, then letters, digits, spaces, `_`, `-`, `'` and `.`, as keyboards or
 * word processors write them (`plainName`).
 */
export const idPattern: RegExp =
  /^[\p{L}][\p{L}\p{M}\p{N}\u00a0\u202f _'\u2018\u2019\u02bc.\u2010-\u2014-]{0,63}$/u;

const SECONDS = 'Length of the clip in seconds';

const text = z.string().trim().min(1).max(limits.text);
const path = z.string().min(1).max(4096);
const id = z.string().regex(idPattern);
const shotId = z.union([z.string().regex(shotIdPattern), z.number().int().nonnegative()]);
const expression = z.string().trim().max(limits.text).nullable();

const character = z
  .strictObject({
    face: path.describe('Portrait picture (PNG, JPEG, WebP, AVIF or GIF), relative to this file'),
    description: text.describe('What the person looks like, for example "A bald man with a grey beard."'),
  })
  .describe('A person who appears in the film');

const shot = z
  .strictObject({
    id: shotId
      .optional()
      .describe(
        'Name of the shot that stays when shots are inserted, removed or moved; without it the film keeps one of its own',
      ),
    characters: z
      .union([
        z.record(id, expression).meta({ maxProperties: limits.charactersPerShot }),
        z.array(z.string()).meta({ maxItems: limits.charactersPerShot, uniqueItems: true }),
      ])
      .default({})
      .describe('Who is in the shot: {name: expression} or [name, ...]'),
    elements: z
      .array(text)
      .default([])
      .describe('Scene elements: place, time of day, weather, framing; one sentence or phrase each'),
    plot: z
      .union([text, z.array(text).min(1)])
      .describe('What happens: sentences, or a list with one sentence an item'),
    seconds: z.number().positive().max(limits.seconds).default(DEFAULT_SECONDS).describe(SECONDS),
    keyframe: path
      .optional()
      .describe(
        'A picture of your own in place of a generated keyframe, relative to this file; later shots follow it',
      ),
    scene: text.optional().describe('Heading of the scene; no model is told'),
    dialogue: z
      .array(z.record(z.string().min(1).max(64), text))
      .max(limits.linesPerShot)
      .optional()
      .describe(
        'What is said, line by line: {name: text}, with {tone: how} beside it; for subtitles and editors',
      ),
    narration: z
      .union([text, z.array(text).min(1).max(limits.linesPerShot)])
      .optional()
      .describe('What a narrator says, for subtitles and editors'),
    notes: z
      .array(text)
      .max(limits.linesPerShot)
      .optional()
      .describe('For people; shown in the storyboard and in exports, and told to no model'),
  })
  .describe('One keyframe and the clip that grows from it');

const piece = z
  .union([
    shotId,
    z.strictObject({
      shot: shotId.describe('Id of the shot'),
      from: z
        .number()
        .nonnegative()
        .max(limits.seconds)
        .optional()
        .describe('Seconds into its clip; default: 0'),
      to: z
        .number()
        .positive()
        .max(limits.seconds)
        .optional()
        .describe('Seconds into its clip; default: its end'),
    }),
  ])
  .describe('A shot, or a stretch of one');

const script = z
  .strictObject({
    version: z.literal(SCRIPT_VERSION).optional().describe('Version of the script format'),
    title: text.optional().describe('Title of the film'),
    characters: z.record(id, character).default({}).describe('All people of the film by their names'),
    shots: z.array(shot).min(1).describe('The film, shot by shot'),
    references: z
      .array(path)
      .max(limits.references)
      .default([])
      .describe('Few-shot mode: pictures whose people and style the film follows'),
    cut: z
      .array(piece)
      .min(1)
      .max(limits.cut)
      .optional()
      .describe(
        'What the film shows, in this order, by ids of shots; without it all shots follow each other',
      ),
  })
  .meta({ title: 'MovieDreamer script' });

/** A piece as a script file gives it. */
export type CutItem =
  | string
  | number
  | { shot: string | number; from?: number | undefined; to?: number | undefined };

/** A script file as written: defaults may be missing. What `formatScript` writes. */
export interface ScriptFile {
  /** Version of the script format, 1. Default: 1. */
  version?: typeof SCRIPT_VERSION | undefined;
  /** Title of the film. Default: none. */
  title?: string | undefined;
  /**
   * All people of the film by their names; `face` is the path of a portrait, relative to the script file. Default:
   * nobody.
   */
  characters?: Record<string, { face: string; description: string }> | undefined;
  /**
   * The film in order, at least one shot. `characters` gives names, or names with their expressions; `seconds` is the
   * length of the clip in seconds; `keyframe` is the path of a picture of one's own in place of a generated one.
   * `scene`, `dialogue` (`{ name: text, tone: how }`), `narration` and `notes` are for people, subtitles and editors.
   */
  shots: {
    id?: string | number | undefined;
    characters?: Record<string, string | null> | string[] | undefined;
    elements?: string[] | undefined;
    plot: string | string[];
    seconds?: number | undefined;
    keyframe?: string | undefined;
    scene?: string | undefined;
    dialogue?: Record<string, string>[] | undefined;
    narration?: string | string[] | undefined;
    notes?: string[] | undefined;
  }[];
  /**
   * Few-shot mode: paths of pictures whose people and style the film follows, relative to the script file. Default:
   * none.
   */
  references?: string[] | undefined;
  /**
   * The film's cut: what it shows, in this order. A piece is the id of a shot, or `{ shot, from, to }` with seconds into its clip.
   * A shot may stand in it more than once, or not at all. Default: all shots follow each other.
   */
  cut?: CutItem[] | undefined;
}

/** A picture as the bytes of a PNG, JPEG or WebP file, or the path of one. */
export type PictureSource = string | Uint8Array;

/** A script as an object: a script file's content, in which pictures may also be given as bytes. */
export interface ScriptObject extends Omit<ScriptFile, 'characters' | 'shots' | 'references'> {
  /** The film in order, at least one shot; `keyframe` is a path or bytes. */
  shots: (Omit<ScriptFile['shots'][number], 'keyframe'> & { keyframe?: PictureSource | undefined })[];
  /** All people of the film by their names; `face` is the path of a portrait or its bytes. */
  characters?: Record<string, { face: PictureSource; description: string }> | undefined;
  /** Few-shot mode: pictures whose people and style the film follows, as paths or bytes. Default: none. */
  references?: PictureSource[] | undefined;
}

/** A script file with its defaults filled in. */
export interface ScriptData {
  /** Version of the script format, 1. Default: 1. */
  version?: typeof SCRIPT_VERSION | undefined;
  /** Title of the film; undefined if the file has none. */
  title?: string | undefined;
  /** All people of the film by their names; `face` is a path as the file gives it. */
  characters: Record<string, { face: string; description: string }>;
  /** The film in order, at least one shot; `seconds` is the length of the clip in seconds. */
  shots: {
    id?: string | number | undefined;
    characters: Record<string, string | null> | string[];
    elements: string[];
    plot: string | string[];
    seconds: number;
    keyframe?: string | undefined;
    scene?: string | undefined;
    dialogue?: Record<string, string>[] | undefined;
    narration?: string | string[] | undefined;
    notes?: string[] | undefined;
  }[];
  /** Paths of the few-shot reference pictures as the file gives them; may be empty. */
  references: string[];
  /** The film's cut; undefined: all shots follow each other. */
  cut?: CutItem[] | undefined;
}

/**
 * The zod schema of a script file. Parsing fills in the defaults; it does not check names across the file or look at
 * pictures, as `parseScript` and `readScript` do.
 */
export const scriptSchema: z.ZodType<ScriptData, ScriptFile> = script;

/** The keys that belong at a place in the file, given by its path, for "did you mean". */
export function knownKeys(path: readonly PropertyKey[]): string[] {
  const [section] = path;
  if (path.length === 0) return Object.keys(script.shape);
  if (section === 'cut') return ['shot', 'from', 'to'];
  return Object.keys(section === 'shots' ? shot.shape : character.shape);
}

/** The JSON Schema (draft 2020-12) of the script file, for editors; generated from the schema above. */
export function scriptJsonSchema(): Record<string, unknown> {
  return { ...z.toJSONSchema(script, { io: 'input' }) };
}
