import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type * as C2pa from '@contentauth/c2pa-wasm';
import { CredentialsError } from './credentialsError.ts';

/** The optional package that writes and reads manifests of C2PA: WebAssembly, no program and no network. */
const name = '@contentauth/c2pa-wasm';

let loaded: Promise<typeof C2pa> | undefined;

/** @throws CredentialsError where the package is not installed */
export function c2paLibrary(): Promise<typeof C2pa> {
  loaded ??= load();
  loaded.catch(() => {
    loaded = undefined; // another try may find it installed
  });
  return loaded;
}

async function load(): Promise<typeof C2pa> {
  let path: string;
  let library: typeof C2pa;
  try {
    library = await import('@contentauth/c2pa-wasm');
    path = createRequire(import.meta.url).resolve(`${name}/c2pa.wasm`);
  } catch (error) {
    throw new CredentialsError(`content credentials need the package ${name}: npm install ${name}`, {
      cause: error,
    });
  }
  library.initSync({ module: await readFile(path) });
  return library;
}

/** Nothing is asked over the network: neither manifests that lie elsewhere nor whether a certificate was revoked. */
export const offline = { remote_manifest_fetch: false, ocsp_fetch: false } as const;

/** The library reads files as a browser's worker does, at once; Node has no such reader. */
export class MemoryBlob extends Blob {
  readonly content: Uint8Array<ArrayBuffer>;

  constructor(content: Uint8Array<ArrayBuffer>, type: string) {
    super([content], { type });
    this.content = content;
  }

  override slice(start = 0, end: number = this.content.length, type: string = this.type): MemoryBlob {
    return new MemoryBlob(this.content.subarray(start, end), type);
  }
}

class FileReaderSync {
  readAsArrayBuffer({ content }: MemoryBlob): ArrayBuffer {
    return content.slice().buffer;
  }
}

let users = 0;

/** Runs work for which `globalThis` has a `FileReaderSync`, and takes it away when the last such work has ended. */
export async function withReader<T>(work: () => Promise<T>): Promise<T> {
  const scope = globalThis as { FileReaderSync?: unknown };
  users++;
  scope.FileReaderSync ??= FileReaderSync;
  try {
    return await work();
  } finally {
    users--;
    if (users === 0 && scope.FileReaderSync === FileReaderSync) delete scope.FileReaderSync;
  }
}

/** What the library throws is an object with a message, or a text. */
export const reasonOf = (error: unknown): string =>
  error instanceof Error
    ? error.message
    : typeof error === 'string'
      ? error
      : String(Object(error).message ?? error);
