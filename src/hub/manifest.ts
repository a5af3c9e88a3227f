import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { describeIssues } from '../base/index.ts';
import { HubError } from './hubError.ts';

/** `models.json` of a preset: each of its parts, who publishes it, under which licence, and how large it is. */

/** The precision in which a publisher offers a checkpoint: the one it was trained in, or half of it. */
export type Variant = 'full' | 'fp16';
export const variants: readonly Variant[] = ['full', 'fp16'];

/** Of each variant; `full` is always there. */
export interface PerVariant<T> {
  /** For the precision that the publisher trained in. */
  readonly full: T;
  /** For half precision; undefined if the publisher has none. */
  readonly fp16?: T | undefined;
}

/** A folder of a repo on the hub. */
export interface RepoSource {
  /** Owner and name on the hub. */
  readonly repo: string;
  /** Commit, branch or tag. */
  readonly revision: string;
  /** Folder in the repo; undefined for its root. */
  readonly folder?: string | undefined;
  /** Files beside the weights without which the part does not work. */
  readonly needs: readonly string[];
  /** Files that are fetched along where they exist: small ones that say what the weights are. */
  readonly extras: readonly string[];
  /** The first file is what is opened: a checkpoint, or the index of the others. */
  readonly weights: PerVariant<readonly string[]>;
}

/** One file anywhere else. */
export interface UrlSource {
  /** Address of the file. */
  readonly url: string;
  /** Name under which it is stored. */
  readonly file: string;
  /** SHA-256 (hex) of its content; undefined if unknown, then it is not checked. */
  readonly sha256?: string | undefined;
}

/** A part in words, with its size. */
export interface Described {
  /** What it is, in a few words. */
  readonly about: string;
  /** Rounded, for people who plan a download; the right number is asked for when it begins. */
  readonly bytes: PerVariant<number>;
  /** Notices before the download. */
  readonly note?: string | undefined;
}

/** A part that its publisher offers for download. */
export interface Published extends Described {
  /** Where it is downloaded from. */
  readonly source: RepoSource | UrlSource;
  /** An SPDX name where there is one. */
  readonly licence: { readonly name: string; readonly link: string };
  /** Whether the publisher gives it only to people who accepted the licence on its page. */
  readonly gated: boolean;
}

/**
 * A part by its origin: `published` (downloaded), `trained` (described by the paper but unpublished; trained here), or
 * `layered` (a published base plus additions trained here).
 */
export type Part =
  | (Published & { readonly kind: 'published' })
  | (Described & { readonly kind: 'trained' })
  | (Published & { readonly kind: 'layered'; readonly additions: Described });
/** A part with something to download. */
export type PublishedPart = Exclude<Part, { kind: 'trained' }>;

/** A preset's parts by name. */
export interface Manifest {
  /** The parts by their names, which are the names of models. */
  readonly parts: Readonly<Record<string, Part>>;
}

const fileName = z
  .string()
  .regex(/^(?!\.)[^/\\]+$/, 'must be the name of a file, without folders and without a dot in front');
const folderName = z
  .string()
  .regex(/^\w[\w.-]*(\/\w[\w.-]*)*$/, "must be a folder within the repo, such as 'unet'");
const fileList = z.array(fileName).min(1);
const count = z.number().int().positive();

const repoSource = z.strictObject({
  repo: z
    .string()
    .regex(/^[\w.-]+\/[\w.-]+$/, "must be a repo's name, such as 'openai/clip-vit-large-patch14'"),
  revision: z.string().min(1).default('main'),
  folder: folderName.optional(),
  needs: z.array(fileName).default([]),
  extras: z.array(fileName).default([]),
  weights: z.strictObject({ full: fileList, fp16: fileList.optional() }),
});

const urlSource = z.strictObject({
  url: z.url(),
  file: fileName,
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits')
    .optional(),
});

const described = {
  about: z.string().min(1),
  bytes: z.strictObject({ full: count, fp16: count.optional() }),
  note: z.string().min(1).optional(),
};
const published = {
  ...described,
  source: z.union([repoSource, urlSource]),
  licence: z.strictObject({ name: z.string().min(1), link: z.url() }),
  gated: z.boolean().default(false),
};
const part = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('published'), ...published }),
  z.strictObject({ kind: z.literal('trained'), ...described }),
  z.strictObject({ kind: z.literal('layered'), ...published, additions: z.strictObject(described) }),
]);
const manifest: z.ZodType<Manifest> = z.strictObject({ parts: z.record(z.string().regex(/^\w+$/), part) });

export const isRepo = (from: RepoSource | UrlSource): from is RepoSource => 'repo' in from;

/** The page on which a person finds a source, and accepts its licence. */
export const pageOf = (from: RepoSource | UrlSource, endpoint = 'https://huggingface.co'): string =>
  isRepo(from) ? `${endpoint}/${from.repo}` : from.url;

/** Reads a preset's `models.json`; undefined where it has none. Throws `HubError` where it is wrong. */
export async function readManifest(presetFolder: string): Promise<Manifest | undefined> {
  const path = join(presetFolder, 'models.json');
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new HubError(`${path} is not valid JSON: ${(error as Error).message}`);
  }
  const result = manifest.safeParse(json);
  if (result.success) return result.data;
  throw new HubError(`${path}: ${describeIssues(result.error.issues, json)}`);
}
