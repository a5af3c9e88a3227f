import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { CredentialsError } from './credentialsError.ts';
import { c2paLibrary, offline, reasonOf } from './library.ts';
import { factsLabel } from './manifest.ts';

/**
 * How far credentials can be relied on: there are `none`; they are `invalid`, because the file or they were changed or the
 * certificate does not do; they are `valid`, and nobody here vouches for the signer; or the signer is `trusted`.
 */
export type CredentialsState = 'none' | 'invalid' | 'valid' | 'trusted';

/** What the credentials of a file say, and what of it was verified. */
export interface Credentials {
  readonly state: CredentialsState;
  /** Why they are not valid, or not trusted, in words. */
  readonly problems: readonly string[];
  /** As the certificate says; missing without credentials. */
  readonly signer?:
    | { readonly name: string; readonly organisation: string; readonly algorithm: string }
    | undefined;
  readonly title?: string | undefined;
  /** The program that wrote them. */
  readonly generator?: string | undefined;
  readonly actions: readonly {
    readonly action: string;
    readonly description?: string | undefined;
    /** The last part of the IPTC's term, such as `trainedAlgorithmicMedia`. */
    readonly source?: string | undefined;
    readonly software?: string | undefined;
  }[];
  readonly ingredients: readonly {
    readonly title: string;
    readonly description?: string | undefined;
    readonly relationship: string;
  }[];
  /** What a film of ours says of itself; missing in other files. */
  readonly facts?: Readonly<Record<string, unknown>> | undefined;
}

export interface ReadCredentialsOptions {
  /** Path of a PEM file: certificates of those whose signatures are trusted. Default: nobody is. */
  readonly trust?: string | undefined;
}

/** Types of files by their endings; C2PA has more, these are what we write and what pictures mostly are. */
const types: Readonly<Record<string, string>> = {
  '.mp4': 'video/mp4',
  '.m4v': 'video/mp4',
  '.mov': 'video/quicktime',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.webp': 'image/webp',
};

/**
 * Reads the content credentials (C2PA) of a file and verifies them. Nothing is sent or fetched.
 * @throws CredentialsError where the file cannot be read, and without the library
 */
export async function readCredentials(
  path: string,
  { trust }: ReadCredentialsOptions = {},
): Promise<Credentials> {
  const type = types[extname(path).toLowerCase()];
  if (!type) {
    throw new CredentialsError(
      `${path}: credentials are read from files that end in ${Object.keys(types).join(', ')}`,
    );
  }
  const read = async (file: string): Promise<Buffer> =>
    readFile(file).catch((error: NodeJS.ErrnoException) => {
      const reason = error.code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${error.code})`;
      throw new CredentialsError(`${file}: ${reason}; check the path`, { cause: error });
    });
  const anchors = trust === undefined ? undefined : (await read(trust)).toString('utf8');
  if (anchors !== undefined && !anchors.includes('-----BEGIN CERTIFICATE-----')) {
    throw new CredentialsError(
      `${trust} holds no certificate; give a PEM file, with -----BEGIN CERTIFICATE-----`,
    );
  }
  return readCredentialsOf(await read(path), type, anchors);
}

/** As `readCredentials`, of bytes; `anchors` are certificates in PEM. */
export async function readCredentialsOf(
  bytes: Uint8Array,
  type: string,
  anchors?: string,
): Promise<Credentials> {
  const { WasmReader } = await c2paLibrary();
  const settings = {
    verify: { ...offline, verify_trust: true },
    ...(anchors ? { trust: { user_anchors: anchors } } : {}),
  };
  let text: string;
  try {
    const reader = await WasmReader.fromBytes(type, bytes, JSON.stringify(settings));
    text = reader.json();
    reader.free();
  } catch (error) {
    const reason = reasonOf(error);
    if (/JumbfNotFound|no JUMBF/i.test(reason))
      return { state: 'none', problems: [], actions: [], ingredients: [] };
    return { state: 'invalid', problems: [`they cannot be read (${reason})`], actions: [], ingredients: [] };
  }
  const store = JSON.parse(text) as Store;
  const status = (store.validation_status ?? []).filter(
    ({ code }) => anchors !== undefined || code !== 'signingCredential.untrusted', // nobody was named to trust
  );
  return credentialsOf({ ...store, validation_status: status });
}

/** What we use of the library's answer. */
interface Store {
  readonly active_manifest?: string;
  readonly manifests?: Readonly<Record<string, Manifest>>;
  readonly validation_state?: string;
  readonly validation_status?: readonly { readonly code: string; readonly explanation?: string }[];
}

interface Manifest {
  readonly title?: string;
  readonly claim_generator_info?: readonly { readonly name: string; readonly version?: string }[];
  readonly signature_info?: {
    readonly alg?: string;
    readonly issuer?: string;
    readonly common_name?: string;
  };
  readonly assertions?: readonly { readonly label: string; readonly data: unknown }[];
  readonly ingredients?: readonly {
    readonly title?: string;
    readonly description?: string;
    readonly relationship?: string;
  }[];
}

interface Action {
  readonly action?: string;
  readonly description?: string;
  readonly digitalSourceType?: string;
  readonly softwareAgent?: string | { readonly name?: string; readonly version?: string };
}

function credentialsOf(store: Store): Credentials {
  const manifest = store.manifests?.[store.active_manifest ?? ''] ?? {};
  const states: Readonly<Record<string, CredentialsState>> = { Valid: 'valid', Trusted: 'trusted' };
  const { signature_info: signature, claim_generator_info: [generator] = [] } = manifest;
  const dataOf = (label: string): unknown =>
    manifest.assertions?.find((own) => own.label === label || own.label.startsWith(`${label}.v`))?.data;
  const { actions = [] } = Object(dataOf('c2pa.actions')) as { actions?: readonly Action[] };
  return {
    state: states[store.validation_state ?? ''] ?? 'invalid',
    problems: [
      ...new Set((store.validation_status ?? []).map(({ code, explanation }) => inWords(code, explanation))),
    ],
    signer: signature && {
      name: signature.common_name ?? 'nobody by name',
      organisation: signature.issuer ?? '',
      algorithm: signature.alg ?? '',
    },
    title: manifest.title,
    generator: generator && [generator.name, generator.version].filter(Boolean).join(' '),
    actions: actions.map(({ action = '', description, digitalSourceType, softwareAgent }) => ({
      ...{ action, description, source: digitalSourceType?.split('/').at(-1) },
      software:
        typeof softwareAgent === 'object'
          ? [softwareAgent.name, softwareAgent.version].filter(Boolean).join(' ')
          : softwareAgent,
    })),
    ingredients: (manifest.ingredients ?? []).map(({ title = '', description, relationship = '' }) => ({
      ...{ title, description, relationship },
    })),
    facts: dataOf(factsLabel) as Credentials['facts'],
  };
}

/** Codes of C2PA's validation that people meet, in words. */
const words: Readonly<Record<string, string>> = {
  'signingCredential.untrusted': 'the certificate is not on the list of those who are trusted here',
  'signingCredential.invalid': 'the certificate is not one that may sign content credentials',
  'signingCredential.expired': 'the certificate had expired',
  'claimSignature.outsideValidity': 'it was signed when the certificate was not valid',
  'claimSignature.mismatch': 'the signature does not fit: the credentials were changed after signing',
  'assertion.bmffHash.mismatch': 'the film was changed after it was signed',
  'assertion.dataHash.mismatch': 'the file was changed after it was signed',
  'assertion.hashedURI.mismatch': 'the credentials were changed after signing',
};

const inWords = (code: string, explanation?: string): string =>
  words[code] ?? `${explanation ?? code} (${code})`;
