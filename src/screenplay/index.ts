/** Screenplays as scripts. */

export { parseFountain, type ScreenplayElement, type Speech } from './fountain.ts';
export { importScreenplay, type ScreenplayImport } from './importScreenplay.ts';
export { type MergedScript, mergeScripts } from './mergeScripts.ts';
export { ScreenplayError } from './screenplayError.ts';
export { type CastMember, type ImportedScreenplay, type LineFate, toScript } from './toScript.ts';
