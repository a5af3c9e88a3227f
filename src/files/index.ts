export { writeAtomically, writeFileAtomically } from './atomic.ts';
export { cachedJson, cachedJsonWithEvents, readCachedJson, writeCachedJson } from './cachedJson.ts';
export { type Claim, ClaimError, type ClaimOptions, claim } from './claim.ts';
export { alikePaths } from './composedName.ts';
export { freeBytes, sizeText } from './diskSpace.ts';
export { keyOf, keyOfArrays } from './keys.ts';
export { LOG_VARIABLE, logFromEnvironment } from './logFromEnvironment.ts';
export { checkOutputFile, checkOutputFolder, explainDiskError, inWords, OutputError } from './output.ts';
export { isTemporary, removeLeftovers, temporaryPath } from './temporary.ts';
