import type { ProxyServer } from './proxy.ts';

/** Why a request brought no answer. */
export interface RequestFault {
  /** In a few words. */
  readonly reason: string;
  /** Whether trying again may help. */
  readonly mayPass: boolean;
  /** What to do, as a sentence without a full stop. */
  readonly help: string;
}

const onlineHelp =
  'Is this machine online? Another address of the hub can be given as HF_ENDPOINT; without a network, fetch the files ' +
  'elsewhere and give their folder with --weights (docs/checkpoints.md)';

/** Codes of the system and of undici for connections that could not be made, or on which nothing comes. */
const network =
  /^(E(CONNREFUSED|NOTFOUND|AI_\w+|NET(UNREACH|DOWN)|HOST(UNREACH|DOWN)|TIMEDOUT|ADDRNOTAVAIL)|UND_ERR_(CONNECT|HEADERS|BODY)_TIMEOUT)$/;
/** Of connections that were made, and ended by the other side: the network is there. */
const ended = /^(E(CONNRESET|CONNABORTED|NETRESET|PIPE)|UND_ERR_SOCKET)$/;

/** What is wrong with a server's certificate, by OpenSSL. */
const certificate =
  /^(CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_CERT|HOSTNAME_MISMATCH|INVALID_CA|UND_ERR_PRX_TLS)/;
const clock = /^CERT_(HAS_EXPIRED|NOT_YET_VALID)$/;

/**
 * What a `fetch` that threw says, undefined where it is not about the request: a fault of the disk, or of this program.
 */
export function requestFault(error: unknown, proxy?: ProxyServer): RequestFault | undefined {
  const { name, cause } = error as Error & { cause?: Error & { code?: string } };
  const code = cause?.code ?? (error as { code?: string }).code ?? '';
  const through = proxy ? ` (through the proxy ${proxy.address} of ${proxy.variable})` : '';
  const said = proxyFault(messages(error), proxy);
  if (said) return said;
  if (name === 'TimeoutError')
    return { reason: `no answer in time${through}`, mayPass: true, help: onlineHelp };
  if (ended.test(code)) {
    const help =
      'Is the address right, https:// where the server has it and http:// where not? A firewall or a proxy may have ended it';
    return { reason: `the connection was ended${through} (${code})`, mayPass: true, help };
  }
  if (network.test(code)) {
    const help = proxy
      ? `Is the proxy right? ${proxy.variable} names it, and NO_PROXY excepts hosts from it`
      : onlineHelp;
    return { reason: `${code}${through}`, mayPass: true, help };
  }
  if (certificate.test(code)) {
    const help = clock.test(code)
      ? "Is this machine's clock right?"
      : 'Where a proxy or a mirror has a certificate of its own, name its file with NODE_EXTRA_CA_CERTS';
    return { reason: `its certificate is not accepted (${code}${through})`, mayPass: false, help };
  }
  if (code === 'EPROTO' || /^(ERR_SSL|ERR_TLS)/.test(code)) {
    const help = 'Is the address right, https:// where the server has it and http:// where not?';
    return { reason: `no TLS connection (${code}${through})`, mayPass: false, help };
  }
  if (name === 'TypeError' && cause instanceof Error) {
    return {
      reason: `${cause.message}${through}`,
      mayPass: false,
      help: 'Is the address right? HF_ENDPOINT names the hub',
    };
  }
  return undefined;
}

/** Of an error and its causes. */
function messages(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  return [error.message, ...messages(error.cause)];
}

/** undici has no code for what a proxy answers. */
function proxyFault(said: readonly string[], proxy: ProxyServer | undefined): RequestFault | undefined {
  const pattern = /^Proxy (?:response|Authentication Required) \((\d+)\)/;
  const [, status] = said.map((text) => pattern.exec(text)).find((match) => match) ?? [];
  if (!proxy || !status) return undefined;
  const reason = `the proxy ${proxy.address} of ${proxy.variable} answered ${status}`;
  if (status === '407') {
    const help = `Give a name and a password that it knows: ${proxy.variable}=http://NAME:PASSWORD@... (a special character as %XX)`;
    return { reason, mayPass: false, help };
  }
  const help = `Does the proxy allow and reach this host? NO_PROXY excepts hosts from it`;
  return { reason, mayPass: Number(status) >= 500 || status === '429', help };
}
