import { createPrivateKey, type KeyObject, sign, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { type CoseParts, coseSign1 } from './coseSign1.ts';
import { CredentialsError } from './credentialsError.ts';

/** Signs claims in the name of a certificate. The key stays in the memory of this process. */
export interface Signer {
  /** The algorithm as C2PA calls it. */
  readonly alg: string;
  /** Bytes that a signature takes with its certificates. */
  readonly reserveSize: number;
  sign(claim: Uint8Array): Promise<Uint8Array<ArrayBuffer>>;
}

interface Algorithm {
  readonly alg: string;
  /** In the COSE registry. */
  readonly cose: number;
  readonly hash: string | null;
}

/** Elliptic curves with their algorithms. */
const curves: Readonly<Record<string, Algorithm>> = {
  prime256v1: { alg: 'es256', cose: -7, hash: 'sha256' },
  secp384r1: { alg: 'es384', cose: -35, hash: 'sha384' },
  secp521r1: { alg: 'es512', cose: -36, hash: 'sha512' },
};
const ed25519: Algorithm = { alg: 'ed25519', cose: -8, hash: null };

/**
 * Reads a certificate and its key.
 * @param certificate path of a PEM file: the signer's certificate, then those that vouch for it
 * @param keyFile path of a PEM file: its private key (P-256, P-384, P-521 or Ed25519), not encrypted
 * @throws CredentialsError where they cannot be read, do not belong together, or are not valid today. Messages never hold the key
 */
export async function readSigner(certificate: string, keyFile: string): Promise<Signer> {
  const chain = certificatesOf(await readText(certificate, 'the certificate'), certificate);
  const [own] = chain as [X509Certificate];
  const key = keyOf(await readText(keyFile, 'the key'), keyFile);
  if (!own.checkPrivateKey(key)) {
    throw new CredentialsError(
      `${keyFile} is not the key of ${certificate}; give the two that belong together`,
    );
  }
  // checkIssued wants a certificate that may issue others, which a signer's own is not
  if (own.issuer === own.subject && own.verify(own.publicKey)) {
    throw new CredentialsError(
      `${certificate} is self-signed, which C2PA does not allow; sign with a certificate that somebody else has issued`,
    );
  }
  const now = new Date();
  if (now < new Date(own.validFrom) || now > new Date(own.validTo)) {
    throw new CredentialsError(
      `${certificate} is valid from ${own.validFrom} to ${own.validTo}; sign with one that is valid today`,
    );
  }
  const { alg, cose, hash } = algorithmOf(key, keyFile);
  const parts: CoseParts = {
    algorithm: cose,
    chain: chain.map(({ raw }) => raw),
    sign: (bytes) => sign(hash, bytes, { key, dsaEncoding: 'ieee-p1363' }),
  };
  const reserveSize = 2048 + chain.reduce((sum, { raw }) => sum + raw.length + 8, 0);
  return {
    ...{ alg, reserveSize },
    sign: async (claim) => new Uint8Array(coseSign1(claim, parts, reserveSize)),
  };
}

async function readText(path: string, what: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code})`;
    throw new CredentialsError(`${path}, ${what} to sign with: ${reason}`, { cause: error });
  }
}

function certificatesOf(text: string, path: string): X509Certificate[] {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  try {
    const chain = blocks.map((block) => new X509Certificate(block));
    if (chain.length > 0) return chain;
  } catch (error) {
    throw new CredentialsError(`${path} holds a damaged certificate; give a PEM file`, { cause: error });
  }
  throw new CredentialsError(
    `${path} holds no certificate; give a PEM file, with -----BEGIN CERTIFICATE-----`,
  );
}

function keyOf(text: string, path: string): KeyObject {
  if (/ENCRYPTED/.test(text)) {
    throw new CredentialsError(
      `${path} is encrypted; give a key without a passphrase, in a file that only you can read`,
    );
  }
  try {
    return createPrivateKey(text);
  } catch {
    // no cause: what OpenSSL says may quote the file
    throw new CredentialsError(
      `${path} holds no private key; give a PEM file, with -----BEGIN PRIVATE KEY-----`,
    );
  }
}

function algorithmOf(key: KeyObject, path: string): Algorithm {
  if (key.asymmetricKeyType === 'ed25519') return ed25519;
  const found = curves[key.asymmetricKeyDetails?.namedCurve ?? ''];
  if (key.asymmetricKeyType === 'ec' && found) return found;
  throw new CredentialsError(
    `${path} is a key of the kind ${key.asymmetricKeyType}; films are signed with P-256, P-384, P-521 or Ed25519`,
  );
}
