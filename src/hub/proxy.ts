import { basic, type Environment } from './environment.ts';
import { HubError } from './hubError.ts';

/**
 * Proxies by the variables that Python's urllib and httpx read: `http_proxy`, `https_proxy`, `all_proxy` and `no_proxy`,
 * in lower case before upper case. Node's own fetch reads them only since Node 24, and only where it is told to.
 */

export interface ProxyServer {
  /** `http://host:port`, without name and password. */
  readonly address: string;
  /** Header for its name and password. */
  readonly authorization?: string;
  /** The variable that names it. */
  readonly variable: string;
}

/** The proxy through which an address is asked for; undefined for none. Throws `HubError` where its variable is wrong. */
export function proxyFor(url: URL, env: Environment = process.env): ProxyServer | undefined {
  const setting = variable(env, `${url.protocol.slice(0, -1)}_proxy`) ?? variable(env, 'all_proxy');
  if (!setting || isExcepted(url, variable(env, 'no_proxy')?.value ?? '')) return undefined;
  return parsed(setting);
}

/** Whether any variable names a proxy. */
export const hasProxy = (env: Environment = process.env): boolean =>
  ['http_proxy', 'https_proxy', 'all_proxy'].some((name) => variable(env, name));

interface Setting {
  readonly name: string;
  readonly value: string;
}

/** A variable in lower case, else in upper case; an empty one in lower case unsets the other. */
function variable(env: Environment, lower: string): Setting | undefined {
  const upper = lower.toUpperCase();
  // a web server sets HTTP_PROXY from a header that anybody may send ("httpoxy")
  const isUnsafe = lower === 'http_proxy' && env.REQUEST_METHOD !== undefined;
  const name = env[lower] !== undefined || isUnsafe ? lower : upper;
  const value = env[name]?.trim();
  return value ? { name, value } : undefined;
}

function parsed({ name, value }: Setting): ProxyServer {
  const text = value.includes('://') ? value : `http://${value}`;
  const fail = (why: string): never => {
    throw new HubError(`${name} must be an address such as http://proxy.example:3128${why}`);
  };
  if (!URL.canParse(text)) return fail(', or http://NAME:PASSWORD@proxy.example:3128');
  const { protocol, host, username, password } = new URL(text);
  if (/^socks/.test(protocol)) {
    return fail(`; ${protocol}// is not supported: give an HTTP proxy, or name the hub's host in NO_PROXY`);
  }
  if (!/^https?:$/.test(protocol) || host === '') return fail(`, got one of ${protocol}//`);
  const authorization = username || password ? { authorization: basic(username, password) } : {};
  return { address: `${protocol}//${host}`, variable: name, ...authorization };
}

/**
 * Whether `no_proxy` excepts an address: `*`; a host, with those below it (`.example.org`: only those below it); an IP
 * address or a range of them (`10.0.0.0/8`); each with or without a port or a scheme.
 */
function isExcepted({ protocol, hostname, port }: URL, list: string): boolean {
  const host = hostname
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase();
  const number = port || (protocol === 'https:' ? '443' : '80');
  return list.split(/[\s,]+/).some((given) => {
    if (given === '*') return true;
    const [, scheme, entry = ''] = /^(?:(\w+):\/\/)?(.*)$/.exec(given.toLowerCase()) ?? [];
    if (scheme && scheme !== 'all' && `${scheme}:` !== protocol) return false;
    const [, v6, plain, own] = /^(?:\[([^\]]+)\]|([^:]*))(?::(\d+))?$/.exec(entry) ?? [undefined, entry];
    const name = v6 ?? plain ?? entry;
    if (name === '' || (own !== undefined && own !== number)) return false;
    if (name.includes('/')) return isInRange(host, name);
    const suffix = name.replace(/^\*?\./, '');
    if (suffix !== name) return host.endsWith(`.${suffix}`);
    return host === name || (!isAddress(host) && name !== 'localhost' && host.endsWith(`.${name}`));
  });
}

const isAddress = (host: string): boolean => /^[\d.]+$/.test(host) || host.includes(':');

/** IPv4 only, as Python's requests has it. */
function isInRange(host: string, range: string): boolean {
  const [base = '', bits = ''] = range.split('/');
  const [a, b] = [host, base].map(number32);
  const width = Number(bits);
  if (a === undefined || b === undefined || !(width >= 0 && width <= 32)) return false;
  const size = 2 ** (32 - width);
  return Math.floor(a / size) === Math.floor(b / size);
}

function number32(address: string): number | undefined {
  const parts = address.split('.').map(Number);
  if (parts.length !== 4 || !parts.every((n) => Number.isInteger(n) && n >= 0 && n < 256)) return undefined;
  return parts.reduce((n, part) => n * 256 + part, 0);
}

const fetches = new WeakMap<Environment, Promise<typeof fetch>>();

/** `fetch` through the proxies of an environment, for redirections as well. */
export async function proxiedFetch(env: Environment): Promise<typeof fetch> {
  if (!hasProxy(env)) return fetch;
  const known = fetches.get(env) ?? withProxies(env);
  fetches.set(env, known);
  return known;
}

/** undici is the client behind Node's own fetch, which does not let others choose how it connects. */
async function withProxies(env: Environment): Promise<typeof fetch> {
  const undici = await import('undici');
  const agents = new Map<string, InstanceType<typeof undici.Dispatcher>>();
  const agentOf = (origin: string): InstanceType<typeof undici.Dispatcher> => {
    const proxy = proxyFor(new URL(origin), env);
    const key = proxy ? `${proxy.address} ${proxy.authorization ?? ''}` : '';
    let agent = agents.get(key);
    if (!agent) {
      agent = proxy
        ? new undici.ProxyAgent({
            uri: proxy.address,
            // http is asked for from the proxy itself: many tunnel to port 443 only
            proxyTunnel: false,
            ...(proxy.authorization ? { token: proxy.authorization } : {}),
          })
        : new undici.Agent();
      agents.set(key, agent);
    }
    return agent;
  };
  class Chosen extends undici.Dispatcher {
    override dispatch(
      options: Parameters<InstanceType<typeof undici.Dispatcher>['dispatch']>[0],
      handler: Parameters<InstanceType<typeof undici.Dispatcher>['dispatch']>[1],
    ): boolean {
      try {
        return agentOf(String(options.origin)).dispatch(options, handler);
      } catch (error) {
        handler.onError?.(error as Error);
        return true;
      }
    }
  }
  const dispatcher = new Chosen();
  return ((input: string | URL, init?: object) =>
    undici.fetch(input, { ...init, dispatcher })) as unknown as typeof fetch;
}
