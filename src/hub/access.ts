import { defaultEndpoint, type Endpoint, type Token } from './environment.ts';

export interface HubAccess {
  readonly endpoint: Endpoint;
  readonly token?: Token | undefined;
  /** How requests are made. */
  readonly fetch: typeof fetch;
}

/**
 * `fetch` that shows the token to the hub, and to nobody else: not to what the hub refers to, not to other addresses. A
 * token that was given is always shown, as the hub's own client does; one that was stored for any use is shown only where
 * the hub requires one, so that what is public comes even if it has expired. Addresses of the public hub in a mirror's
 * answers are asked for from the mirror.
 */
export function hubFetch({ endpoint, token, fetch: ask }: HubAccess): typeof fetch {
  let shows = token?.isGiven ?? false;
  return async (input, init) => {
    const url = mirrored(String(input instanceof Request ? input.url : input), endpoint.url);
    const request = (): Promise<Response> => ask(url, { ...init, headers: headersFor(url) });
    const headersFor = (to: string): Headers => {
      const headers = new Headers(init?.headers);
      if (!isWithin(to, endpoint.url)) return headers;
      if (token && shows) headers.set('Authorization', `Bearer ${token.value}`);
      else if (endpoint.authorization) headers.set('Authorization', endpoint.authorization);
      return headers;
    };
    const response = await request();
    const isRefused = response.status === 401 || response.status === 403;
    if (!token || shows || !isRefused || !isWithin(url, endpoint.url)) return response;
    await response.body?.cancel();
    shows = true;
    return request();
  };
}

const isWithin = (url: string, endpoint: string): boolean => url.startsWith(`${endpoint}/`);

const mirrored = (url: string, endpoint: string): string =>
  isWithin(url, defaultEndpoint) ? endpoint + url.slice(defaultEndpoint.length) : url;
