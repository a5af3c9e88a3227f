import { describe, expect, it } from 'vitest';
import { rateLimitOf } from './rateLimit.ts';

const limit = (status: number, headers: Record<string, string>): ReturnType<typeof rateLimitOf> =>
  rateLimitOf({ status, headers: new Headers(headers) }, Date.UTC(2015, 9, 21, 7, 27, 0));

describe('rateLimitOf', () => {
  it("reads the hub's own headers", () => {
    const headers = { RateLimit: '"api";r=0;t=55', 'RateLimit-Policy': '"fixed window";"api";q=500;w=300' };
    expect(limit(429, headers)).toEqual({ seconds: 56, limit: 500, window: 300 });
    expect(limit(429, { RateLimit: '"resolvers"; r = 0; t = 3' })).toEqual({ seconds: 4 });
  });

  it('takes Retry-After where requests are left, and of other answers', () => {
    expect(limit(429, { RateLimit: '"api";r=7;t=55', 'Retry-After': '2' })).toEqual({ seconds: 3 });
    expect(limit(503, { RateLimit: '"api";r=0;t=55', 'Retry-After': '120' })).toEqual({ seconds: 121 });
    expect(limit(429, { 'Retry-After': 'Wed, 21 Oct 2015 07:28:00 GMT' })).toEqual({ seconds: 60 });
  });

  it.each([{}, { 'Retry-After': 'soon' }, { RateLimit: 'api' }])('knows none in %j', (headers) => {
    expect(limit(429, headers as Record<string, string>)).toBeUndefined();
  });
});
