import { CredentialsError } from './credentialsError.ts';
import { c2paLibrary, MemoryBlob, offline, reasonOf, withReader } from './library.ts';
import { definitionOf, type ManifestContent, type SignedFormat } from './manifest.ts';
import { readCredentialsOf } from './read.ts';
import type { Signer } from './signer.ts';

/** The most that a file may have, in bytes: it is signed in memory. */
const MOST = 2 ** 30;

/**
 * A file with content credentials (C2PA) in it. Pictures, frames and sound stay as they are. Signatures are random numbers: each time
 * the bytes are others. What was signed is read back, and given only where it is valid.
 * @throws CredentialsError for files of more than 1 GiB, for certificates that C2PA does not take, and without the library
 */
export async function signBytes(
  bytes: Uint8Array<ArrayBuffer>,
  format: SignedFormat,
  content: ManifestContent,
  signer: Signer,
): Promise<Uint8Array> {
  if (bytes.length > MOST) {
    throw new CredentialsError(`a file of ${bytes.length} bytes cannot be signed: it is more than 1 GiB`);
  }
  const { WasmBuilder } = await c2paLibrary();
  const signed = await withReader(async () => {
    const builder = WasmBuilder.fromJson(
      definitionOf(content),
      JSON.stringify({ verify: offline, builder: { thumbnail: { enabled: false } } }),
    );
    try {
      for (const { id, title, description, format: own, bytes: data } of content.ingredients) {
        const ingredient = { title, description, relationship: 'inputTo', instance_id: id, label: id };
        await builder.addIngredientFromBlob(JSON.stringify(ingredient), own, new MemoryBlob(data, own));
      }
      return await builder.sign(signer, [], format, new MemoryBlob(bytes, format));
    } finally {
      builder.free();
    }
  }).catch((error: unknown) => {
    throw new CredentialsError(`the file cannot be signed: ${reasonOf(error)}`, { cause: error });
  });
  const { state, problems } = await readCredentialsOf(signed, format);
  if (state !== 'valid' && state !== 'trusted') {
    throw new CredentialsError(
      `the certificate does not do for content credentials: ${problems.join('; ')}. C2PA takes certificates that a CA has issued ` +
        'for signing documents or e-mail; not self-signed ones',
    );
  }
  return signed;
}
