/** Screenplays as scripts. */

export { parseFountain, type ScreenplayElement, type Speech } from './fountain.ts';
export { type FountainImport, importFountain } from './importFountain.ts';
export { type MergedScript, mergeScripts } from './mergeScripts.ts';
export { ScreenplayError } from './screenplayError.ts';
export { type CastMember, type ImportedScreenplay, type LineFate, toScript } from './toScript.ts';
