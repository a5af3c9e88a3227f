import { z } from 'zod';

/** Limits of a script. The paper: top 5 characters a frame and 15 sentences (appendix A), 10 reference frames (3.4). */
export const limits = {
  charactersPerShot: 5,
  sentencesPerShot: 15,
  references: 10,
  /** Longer than any clip that stays coherent; catches a time given in frames or milliseconds. */
  seconds: 120,
  /** Characters of one text; a sentence becomes one embedding, which cannot hold more. */
  text: 2000,
  fileBytes: 4 * 2 ** 20,
  aliases: 100,
} as const;

export const DEFAULT_SECONDS = 3;

/** Names of characters: letters of any script first, then letters, digits, spaces, `_`, `-`, `'` and `.`. */
export const idPattern: RegExp = /^[\p{L}][\p{L}\p{M}\p{N} _'.-]{0,63}$/u;

const text = z.string().trim().min(1).max(limits.text);
const path = z.string().min(1).max(4096);

const character = z
  .strictObject({
    face: path.describe('Portrait picture (PNG, JPEG or WebP), relative to this file'),
    description: text.describe('What the person looks like, for example "A bald man with a grey beard."'),
  })
  .describe('A person who appears in the film');

const expression = z.union([z.string().trim().max(limits.text), z.null()]);

const shot = z
  .strictObject({
    characters: z
      .union([z.record(z.string(), expression), z.array(z.string())])
      .default({})
      .describe('Who is in the shot: {name: expression} or [name, ...]; at most 5'),
    elements: z
      .array(text)
      .default([])
      .describe('Scene elements: place, time of day, weather, framing; one sentence or phrase each'),
    plot: z
      .union([text, z.array(text).min(1)])
      .describe('What happens: sentences, or a list with one sentence an item'),
    seconds: z
      .number()
      .positive()
      .max(limits.seconds)
      .default(DEFAULT_SECONDS)
      .describe('Length of the clip in seconds'),
  })
  .describe('One keyframe and the clip that grows from it');

/** The script file as a person writes it. */
export const scriptSchema = z
  .strictObject({
    title: text.optional().describe('Title of the film'),
    characters: z.record(z.string(), character).default({}).describe('All people of the film by their names'),
    shots: z.array(shot).min(1).describe('The film, shot by shot'),
    references: z
      .array(path)
      .max(limits.references)
      .default([])
      .describe('Few-shot mode: up to 10 pictures whose people and style the film follows'),
  })
  .meta({ title: 'MovieDreamer script' });

/** The schema's input type: what `formatScript` writes. */
export type ScriptFile = z.input<typeof scriptSchema>;
/** The schema's output type: defaults filled in, shapes still as written. */
export type ScriptData = z.output<typeof scriptSchema>;

/** The known keys at a place in the file, for "did you mean". */
export function knownKeys(place: 'script' | 'character' | 'shot'): string[] {
  return Object.keys({ script: scriptSchema, character, shot }[place].shape);
}

/** The JSON Schema (draft 2020-12) of the script file, for editors; generated from the schema above. */
export function scriptJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(scriptSchema, { io: 'input' }) as Record<string, unknown>;
  return schema;
}
