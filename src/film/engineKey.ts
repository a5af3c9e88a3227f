/** Our own makers, as they stand in the keys of what they make. */
export const engineId = 'moviedreamer';

/** Changed whenever the same models and settings would give other bytes than before. */
export const engineVersion = '1';

/** The part of every key that stands for this program. */
export const engineKey: string = `${engineId} ${engineVersion}`;

/** How clips are encoded: part of their keys. Changed whenever the same frames would give other bytes than before. */
export const clipEncoding = 'x264, independent of the processor';
