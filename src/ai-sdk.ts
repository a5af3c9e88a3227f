/** Our renderer and our animator as an image and a video model of the AI SDK. */
export * from './aiSdk/index.ts';
export { type ErrorCode, type ErrorDetails, MovieDreamerError } from './base/index.ts';
export { type LoadDreamerOptions, RunError } from './film/index.ts';
