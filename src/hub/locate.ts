import { basename } from 'node:path';
import { unfinished } from './cacheLayout.ts';
import { type Candidate, folderCandidates, type Holding, lookInto } from './holding.ts';
import { isRepo, type Part, type PublishedPart, type Variant, variants } from './manifest.ts';
import { ownPlaces, type Place, publishedPlaces, type SearchOptions } from './places.ts';

export interface LocateOptions extends SearchOptions {
  /** The variant that is taken where several are there. Default: full precision. */
  readonly variant?: Variant;
}

/** A checkpoint that was found. */
export interface Layer {
  /** What to open: a file, an index of shards, or a folder of our own layout. */
  readonly path: string;
  /** The folder that `path` is in. */
  readonly folder: string;
  /** The variant that was taken. */
  readonly variant: Variant;
  /** Size of its files. */
  readonly bytes: number;
  /** In words: where it was found. */
  readonly how: string;
}

/** Something that a part lacks. */
export interface Gap {
  /** The publisher's checkpoint, or what is trained here. */
  readonly what: 'published' | 'trained';
  /** Where there is a part of it. */
  readonly incomplete?: Incomplete;
}

/** A checkpoint of which files are missing. */
export interface Incomplete {
  /** Where the files are that exist. */
  readonly folder: string;
  /** Names of the files that are not there, or not whole. */
  readonly missing: readonly string[];
  /** Why weights lie there and none can be taken, and what to do; without a full stop. */
  readonly problem?: string;
  /** Bytes of downloads that broke off. */
  readonly unfinished?: number;
}

/** Where a part is. */
export interface Located {
  /** The name of the part in `models.json`. */
  readonly name: string;
  /** In layering order, the published base first: tensors of later layers hide those of earlier ones. */
  readonly layers: readonly Layer[];
  /** Empty where the part is complete. */
  readonly gaps: readonly Gap[];
}

/**
 * Looks for a part: in the folder that the user gave (our own layout, then as downloaded, then as a cache), in the
 * package, in the hub's cache. The first complete checkpoint is taken.
 */
export async function locate(name: string, part: Part, options: LocateOptions): Promise<Located> {
  const order = options.variant === 'fp16' ? [...variants].reverse() : [...variants];
  const needs = part.kind !== 'trained' && isRepo(part.source) ? part.source.needs : [];
  const own = await searchOwn(name, part.kind === 'published' ? needs : [], order, options);
  if (part.kind === 'trained') return located(name, [], own, 'trained');
  if (part.kind === 'published' && own.found) return located(name, [], own, 'trained');
  // whoever put weights there means them, not those that lie elsewhere
  if (part.kind === 'published' && own.partial?.problem) return located(name, [], own, 'published');

  const published = await searchPublished(part, order, options);
  if (part.kind === 'published') {
    return located(name, [], published.found || published.partial ? published : own, 'published');
  }
  if (published.found) return located(name, [published.found], own, 'trained');
  // whoever trains all of it saves all of it: then the folder holds more than additions
  if (own.found && own.found.bytes >= part.bytes.full / 2) return located(name, [], own, 'trained');
  const base = located(name, [], published, 'published');
  const additions = located(name, [], own, 'trained');
  return {
    name,
    layers: [...base.layers, ...additions.layers],
    gaps: [...base.gaps, ...additions.gaps],
  };
}

interface Search {
  readonly found?: Layer;
  /** The first place that holds a part of it. */
  readonly partial?: Incomplete;
}

function located(name: string, below: readonly Layer[], search: Search, what: Gap['what']): Located {
  if (search.found) return { name, layers: [...below, search.found], gaps: [] };
  const { partial } = search;
  return { name, layers: below, gaps: [partial ? { what, incomplete: partial } : { what }] };
}

async function searchOwn(
  name: string,
  needs: readonly string[],
  order: readonly Variant[],
  options: LocateOptions,
): Promise<Search> {
  return search(ownPlaces(name, options), async ({ folder, how }) => {
    const { candidates, preferred, problem } = await folderCandidates(folder, order);
    const holding = await lookInto(folder, candidates, needs);
    if (!holding) return problem ? { problem } : undefined;
    const { file, variant, bytes } = holding;
    // a folder says more than a file: what lies beside the weights belongs to them
    const asFolder = variant === 'full' && basename(file) === preferred && !/\.(pt|pth)$/.test(file);
    return { holding, layer: { path: asFolder ? folder : file, folder, variant, bytes, how } };
  });
}

async function searchPublished(
  part: PublishedPart,
  order: readonly Variant[],
  options: LocateOptions,
): Promise<Search> {
  const { source } = part;
  const candidates = order.flatMap((variant): Candidate[] => {
    const [file, ...shards] =
      (isRepo(source) ? source.weights[variant] : variant === 'full' ? [source.file] : []) ?? [];
    if (file === undefined) return [];
    // what was converted beside its original is as good, and loads faster
    const converted = /\.(pt|pth)$/.test(file) ? [file.replace(/\.(pt|pth)$/, '.safetensors')] : [];
    return [{ variant, opened: [...converted, file], shards }];
  });
  const needs = isRepo(source) ? source.needs : [];
  const result = await search(await publishedPlaces(source, options), async ({ folder, how, isOwn }) => {
    const any = isOwn ? await folderCandidates(folder, order) : undefined;
    const holding = await lookInto(folder, [...candidates, ...(any?.candidates ?? [])], needs);
    if (!holding) return any?.problem ? { problem: any.problem } : undefined;
    const { file, variant, bytes } = holding;
    return { holding, layer: { path: file, folder, variant, bytes, how } };
  });
  if (result.found || result.partial) return result;
  const begun = await unfinished(source, options.environment);
  const missing = candidates[0]?.opened.slice(-1) ?? [];
  return begun.bytes > 0 ? { partial: { folder: begun.folder, missing, unfinished: begun.bytes } } : {};
}

type Sight = { readonly holding: Holding; readonly layer: Layer } | { readonly problem: string } | undefined;

async function search(places: readonly Place[], look: (place: Place) => Promise<Sight>): Promise<Search> {
  let partial: Incomplete | undefined;
  for (const place of places) {
    const result = await look(place);
    if (!result) continue;
    if ('problem' in result) partial ??= { folder: place.folder, missing: [], problem: result.problem };
    else if (result.holding.missing.length === 0) return { found: result.layer };
    else partial ??= { folder: result.holding.folder, missing: result.holding.missing };
  }
  return partial ? { partial } : {};
}
