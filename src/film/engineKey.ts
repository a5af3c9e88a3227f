/**
 * The part of every key that stands for this program: changed whenever the same models and settings would give other
 * bytes than before.
 */
export const engineKey = 'moviedreamer 1';
