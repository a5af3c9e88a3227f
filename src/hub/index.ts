/** Checkpoints that others publish: which a preset needs, where they are on this machine, and how they come here. */

export { freeBytes, sizeText } from './diskSpace.ts';
export { assetCache, type Environment, hubCache } from './environment.ts';
export { shardsOf } from './holding.ts';
export { howToGet } from './howToGet.ts';
export { HubError } from './hubError.ts';
export { type Gap, type Incomplete, type Layer, type Located, type LocateOptions, locate } from './locate.ts';
export {
  type Described,
  isRepo,
  type Manifest,
  type Part,
  type PerVariant,
  type Published,
  type PublishedPart,
  pageOf,
  type RepoSource,
  readManifest,
  type UrlSource,
  type Variant,
  variants,
} from './manifest.ts';
export { type PullEvent, type PullOptions, pull } from './pull.ts';
