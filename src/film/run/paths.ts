import { shotFileName } from '../../script/index.ts';

/** Where files lie below a run folder. */
export const keyframePath = (id: string): string => `keyframes/${shotFileName(id)}.png`;
export const takePath = (id: string, take: number): string => `takes/${shotFileName(id)}-${take + 1}.png`;
export const clipPath = (id: string): string => `clips/${shotFileName(id)}.mp4`;
export const tokensPath = 'tokens.safetensors';
export const moviePath = 'movie.mp4';
