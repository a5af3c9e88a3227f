import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { HubError } from './hubError.ts';

/**
 * The variables of the hub's own Python client (`huggingface_hub`, `constants.py` and `utils/_auth.py`), which all
 * clients of the hub share. An empty variable counts as unset.
 */

export type Environment = Readonly<Record<string, string | undefined>>;

/** A path with `~`, `$NAME` and `${NAME}` replaced, as Python's expanduser and expandvars do; unknown names stay. */
function expanded(path: string, env: Environment): string {
  const home = env.HOME || homedir();
  const whole = /^~(?=[/\\]|$)/.test(path) ? home + path.slice(1) : path;
  return whole.replace(/\$(?:(\w+)|\{([^}]*)\})/g, (text, name, braced) => env[name ?? braced] ?? text);
}

const pathOf = (env: Environment, names: readonly string[], otherwise: () => string): string => {
  const name = names.find((n) => env[n]);
  return expanded(name ? (env[name] as string) : otherwise(), env);
};

const home = (env: Environment): string =>
  pathOf(env, ['HF_HOME'], () => join(env.XDG_CACHE_HOME || join('~', '.cache'), 'huggingface'));

/** Where repos are cached. */
export const hubCache = (env: Environment = process.env): string =>
  pathOf(env, ['HF_HUB_CACHE', 'HUGGINGFACE_HUB_CACHE'], () => join(home(env), 'hub'));

/** Where libraries keep what does not come from the hub; this one's own corner of it. */
export const assetCache = (env: Environment = process.env): string =>
  join(
    pathOf(env, ['HF_ASSETS_CACHE', 'HUGGINGFACE_ASSETS_CACHE'], () => join(home(env), 'assets')),
    'moviedreamer',
  );

const isTrue = (value: string | undefined): boolean => /^(1|on|yes|true)$/i.test(value ?? '');

/** The variable that forbids requests, where one does. */
export const offlineBy = (env: Environment): string | undefined =>
  ['HF_HUB_OFFLINE', 'TRANSFORMERS_OFFLINE'].find((name) => isTrue(env[name]));

export const defaultEndpoint = 'https://huggingface.co';

/** Where the hub is. */
export interface Endpoint {
  /** Its address without a slash at the end, and without name and password. */
  readonly url: string;
  /** Header for a name and a password that its address has. */
  readonly authorization?: string;
}

/** HF_ENDPOINT. Throws `HubError` where it is no address. */
export function endpointOf(env: Environment): Endpoint {
  const given = env.HF_ENDPOINT?.trim();
  if (!given) return { url: defaultEndpoint };
  const url = parsed(given);
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash) {
    const bare = /^[\w.-]+(:\d+)?(\/[^?#]*)?$/.test(given) ? `https://${given}` : defaultEndpoint;
    throw new HubError(`HF_ENDPOINT must be an address such as ${bare}, got ${JSON.stringify(given)}`);
  }
  const { username, password } = url;
  const authorization = username || password ? { authorization: basic(username, password) } : {};
  return { url: `${url.origin}${url.pathname}`.replace(/\/+$/, ''), ...authorization };
}

const parsed = (text: string): URL | undefined => (URL.canParse(text) ? new URL(text) : undefined);

/** Basic authorization for the percent-encoded name and password of an address. */
export function basic(username: string, password: string): string {
  const decoded = [username, password].map((text) => {
    try {
      return decodeURIComponent(text);
    } catch {
      return text; // a % that encodes nothing
    }
  });
  return `Basic ${Buffer.from(decoded.join(':')).toString('base64')}`;
}

/** The user agent of requests to the hub. */
export interface Token {
  readonly value: string;
  /** In words: where it comes from. */
  readonly from: string;
  /** Whether it was given for this, rather than stored by the hub's own command for any use. */
  readonly isGiven: boolean;
}

/**
 * The token of HF_TOKEN or HUGGING_FACE_HUB_TOKEN, else the one that the hub's own command (`hf auth login`) stored; none
 * where HF_HUB_DISABLE_IMPLICIT_TOKEN is set. Throws `HubError` where it has characters that no header can have.
 */
export async function tokenOf(env: Environment): Promise<Token | undefined> {
  if (isTrue(env.HF_HUB_DISABLE_IMPLICIT_TOKEN)) return undefined;
  const name = ['HF_TOKEN', 'HUGGING_FACE_HUB_TOKEN'].find((n) => env[n]);
  if (name) return token(env[name] as string, name, true);
  const path = pathOf(env, ['HF_TOKEN_PATH'], () => join(home(env), 'token'));
  const text = await readFile(path, 'utf8').catch(() => '');
  return token(text, path, false);
}

function token(text: string, from: string, isGiven: boolean): Token | undefined {
  const value = text.replace(/[\r\n]/g, '').trim();
  if (value === '') return undefined;
  if (!/^[\x21-\x7e]+$/.test(value)) {
    throw new HubError(`${from} holds no token: it has spaces, or characters that no token has`);
  }
  return { value, from, isGiven };
}

/** Why no token is sent though there may be one. */
export const tokenForbiddenBy = (env: Environment): string | undefined =>
  isTrue(env.HF_HUB_DISABLE_IMPLICIT_TOKEN) ? 'HF_HUB_DISABLE_IMPLICIT_TOKEN' : undefined;

/** HF_HUB_DOWNLOAD_TIMEOUT in milliseconds. Throws `HubError` where it is no number. */
export function patienceOf(env: Environment): number | undefined {
  const given = env.HF_HUB_DOWNLOAD_TIMEOUT;
  if (!given) return undefined;
  const seconds = Number(given);
  if (seconds > 0 && Number.isFinite(seconds)) return seconds * 1000;
  throw new HubError(
    `HF_HUB_DOWNLOAD_TIMEOUT must be a number of seconds, such as 30, got ${JSON.stringify(given)}`,
  );
}
