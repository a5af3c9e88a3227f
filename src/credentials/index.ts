/** Content credentials (C2PA): who made a file, with what, from what, signed. */
export { CredentialsError } from './credentialsError.ts';
export {
  type ManifestAction,
  type ManifestContent,
  type ManifestIngredient,
  madeByModel,
  type SignedFormat,
} from './manifest.ts';
export {
  type Credentials,
  type CredentialsState,
  type ReadCredentialsOptions,
  readCredentials,
} from './read.ts';
export { signBytes } from './sign.ts';
export { readSigner, type Signer } from './signer.ts';
