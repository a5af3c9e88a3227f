/** Kinds of files that are signed. */
export type SignedFormat = 'video/mp4' | 'image/png';

/** The IPTC's term for what a trained model made. */
export const madeByModel = 'http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia';

/** What was done, in the terms of C2PA (`c2pa.created`, `c2pa.edited`, ...). */
export interface ManifestAction {
  readonly action: string;
  readonly description: string;
  /** Of a creation: the IPTC's term for its kind. */
  readonly digitalSourceType?: string | undefined;
  /** `id`s of the ingredients that it was made from. */
  readonly from?: readonly string[] | undefined;
}

/** A file that the signed one was made from. */
export interface ManifestIngredient {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly format: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** What is said of a file that is signed. */
export interface ManifestContent {
  readonly title: string;
  /** Version of this program. */
  readonly version: string;
  readonly actions: readonly ManifestAction[];
  readonly ingredients: readonly ManifestIngredient[];
  /** Data of our own, below `org.moviedreamer.film`. */
  readonly facts: Readonly<Record<string, unknown>>;
}

/** Label of our own assertion. */
export const factsLabel = 'org.moviedreamer.film';

/** The definition of a manifest, as the library takes it. */
export function definitionOf({ title, version, actions, facts }: ManifestContent): string {
  return JSON.stringify({
    claim_generator_info: [{ name: 'moviedreamer', version }],
    title,
    assertions: [
      {
        label: 'c2pa.actions',
        data: {
          actions: actions.map(({ from, ...action }) => ({
            ...action,
            softwareAgent: { name: 'MovieDreamer', version },
            ...(from && from.length > 0 ? { parameters: { ingredientIds: from } } : {}),
          })),
        },
      },
      { label: factsLabel, data: facts },
    ],
  });
}
