/** Asks servers of models elsewhere, with limits, patience and keys that stay where they belong. */

export {
  type Answer,
  type AskOptions,
  Client,
  type ClientOptions,
  excerpt,
  type FormPart,
  MAX_VIDEO_BYTES,
} from './client.ts';
export { ProviderError } from './providerError.ts';
export { type Rate, RateLimiter } from './rateLimit.ts';
