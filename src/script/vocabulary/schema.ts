import { z } from 'zod';

/** What a preset's models can have been told of a shot or a person, in the order in which it is shown. */
export const topics = [
  'place',
  'time',
  'weather',
  'size',
  'expression',
  'action',
  'prop',
  'hair',
  'hat',
  'beard',
  'glasses',
  'clothes',
  'colour',
] as const;
export type Topic = (typeof topics)[number];

export interface VocabularyEntry {
  readonly say: readonly string[];
  readonly instead: readonly string[];
  readonly example?: string | undefined;
}

export interface Vocabulary {
  readonly version: 1;
  readonly people: Readonly<Record<string, number>>;
  readonly topics: Readonly<Partial<Record<Topic, Readonly<Record<string, VocabularyEntry>>>>>;
  readonly words: { readonly scene: readonly string[]; readonly description: readonly string[] };
  readonly names: readonly string[];
  readonly sentences: { readonly elements: readonly string[]; readonly plots: readonly string[] };
}

const phrase = z
  .string()
  .trim()
  .min(1)
  .describe('Words as a script writes them; case, plural and word endings do not matter');

const entry = z.strictObject({
  say: z.array(phrase).min(1).describe('How scripts of the training data say it, the usual way first'),
  instead: z
    .array(phrase)
    .default([])
    .describe('What people write who mean it, and what the training data never say'),
  example: phrase.optional().describe('A sentence of the training data'),
});

const words = z.array(z.string().min(1));

/** `vocabulary.json` of a preset: what its models have met in training. */
export const vocabularySchema: z.ZodType<Vocabulary> = z.strictObject({
  version: z.literal(1),
  people: z
    .record(z.string(), z.int().min(1))
    .default({})
    .describe('Most people in a shot, by the name of its size in `topics.size`'),
  topics: z
    .partialRecord(z.enum(topics), z.record(z.string(), entry))
    .describe('What there is of each topic, by name'),
  words: z.strictObject({
    scene: words.describe('All words of elements, plots and expressions'),
    description: words.describe('All words of descriptions of people'),
  }),
  names: words.default([]).describe('Names of people'),
  sentences: z
    .strictObject({ elements: words, plots: words })
    .default({ elements: [], plots: [] })
    .describe('Texts of the training data, to find the nearest one; people have the first of `names`'),
});
