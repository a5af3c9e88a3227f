/** What a server that has had too many requests says about the next one. */
export interface RateLimit {
  /** Seconds to wait. */
  readonly seconds: number;
  /** Requests that are allowed within `window` seconds, where it says so. */
  readonly limit?: number;
  readonly window?: number;
}

/**
 * Reads `RateLimit` and `RateLimit-Policy` of an answer 429, as the hub sends them (`"api";r=0;t=55` and
 * `"fixed window";"api";q=500;w=300`, draft-ietf-httpapi-ratelimit-headers-09), else `Retry-After` of any answer: seconds,
 * or a date. Undefined where it has none of them.
 * @param now milliseconds since 1970
 */
export function rateLimitOf(
  { status, headers }: Pick<Response, 'status' | 'headers'>,
  now: number = Date.now(),
): RateLimit | undefined {
  const [, remaining, reset] =
    /"[^"]*"\s*;\s*r\s*=\s*(\d+)\s*;\s*t\s*=\s*(\d+)/.exec(headers.get('ratelimit') ?? '') ?? [];
  if (status === 429 && reset !== undefined && Number(remaining) === 0) {
    const [, limit, window] =
      /q\s*=\s*(\d+).*?w\s*=\s*(\d+)/.exec(headers.get('ratelimit-policy') ?? '') ?? [];
    const policy = limit === undefined ? {} : { limit: Number(limit), window: Number(window) };
    return { seconds: Number(reset) + 1, ...policy }; // the hub cuts fractions off
  }
  const after = headers.get('retry-after')?.trim();
  if (!after) return undefined;
  if (/^\d+$/.test(after)) return { seconds: Number(after) + 1 };
  const date = Date.parse(after);
  return Number.isNaN(date) ? undefined : { seconds: Math.max(0, Math.ceil((date - now) / 1000)) };
}
