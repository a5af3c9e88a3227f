import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readSigner, type Signer, signBytes } from '../credentials/index.ts';
import { temporaryPath, writeAtomically, writeFileAtomically } from '../files/index.ts';
import { scriptKey } from '../script/index.ts';
import { filmCredentials } from './filmCredentials.ts';
import { type FilmSource, filmTimeline } from './filmTimeline.ts';
import { InterchangeError } from './interchangeError.ts';
import { type RenderOptions, renderFilm } from './renderFilm.ts';

/** Paths of PEM files: the certificate with those that vouch for it, and its private key. */
export interface SignWith {
  readonly certificate: string;
  readonly key: string;
}

/** How a film is written. */
export interface MasterOptions extends RenderOptions {
  /** Signs it. Default: it is not signed. */
  readonly sign?: SignWith | undefined;
}

/**
 * Writes the film: as it is, or at another size or rate; signed where a certificate is given.
 * @returns what whoever looks at it should know
 * @throws InterchangeError where it is not made yet. CredentialsError
 */
export async function exportMovie(
  film: FilmSource,
  path: string,
  { sign, size, fps, between }: MasterOptions,
): Promise<string[]> {
  const { folder } = film;
  const signer = sign && (await readSigner(sign.certificate, sign.key));
  if (!folder.state.movie)
    throw new InterchangeError(`${folder.path} has no movie.mp4 yet; run generate to its end`);
  if (folder.state.script.key !== scriptKey(film.script)) {
    throw new InterchangeError(
      `${film.script.file} has changed since the film was joined; run generate to bring it up to date`,
    );
  }
  const original = await readMade(folder.movie, folder.state.movie.sha256);
  if (!size && !fps) {
    const signed = signer && (await signBytes(original, 'video/mp4', await filmCredentials(film), signer));
    await writeFileAtomically(path, signed ?? original);
    return [];
  }
  const rendered = temporaryPath(path);
  try {
    const { resized, cropped, retimed, notices } = await renderFilm(film, rendered, { size, fps, between });
    if (!signer) {
      await writeAtomically(path, (temporary) => rename(rendered, temporary));
    } else {
      const edits = [
        ...(cropped ? [{ action: 'c2pa.cropped', description: cropped }] : []),
        ...(resized ? [{ action: 'c2pa.resized', description: resized }] : []),
        ...(retimed ? [{ action: 'c2pa.edited', description: retimed }] : []),
      ];
      const bytes = new Uint8Array(await readFile(rendered));
      const content = await filmCredentials(film, { edits });
      await writeFileAtomically(path, await signBytes(bytes, 'video/mp4', content, signer));
    }
    return [cropped, resized, retimed, ...notices].filter((text) => text !== undefined);
  } finally {
    await rm(rendered, { force: true });
  }
}

/**
 * Writes the keyframes in the order of the film into a folder, `0001.png` and on, signed where a certificate is given. Pictures that the
 * script itself gives as keyframes are not signed: no model made them.
 * @returns what was left unsigned
 */
export async function exportKeyframes(film: FilmSource, path: string, sign?: SignWith): Promise<string[]> {
  const signer: Signer | undefined = sign && (await readSigner(sign.certificate, sign.key));
  const { shots } = await filmTimeline(film);
  await mkdir(path, { recursive: true });
  const { state } = film.folder;
  const given: string[] = [];
  for (const { id, place, label, keyframe } of shots) {
    if (!keyframe) throw new InterchangeError(`shot ${label} has no keyframe yet; run generate first`);
    const bytes = await readMade(keyframe.file, keyframe.sha256);
    const index = state.shots.findIndex((shot) => shot.id === id);
    const isGiven = film.script.shots[index]?.keyframe !== undefined;
    if (isGiven) given.push(label);
    const out = join(path, `${String(place).padStart(4, '0')}.png`);
    const content = signer && !isGiven ? await filmCredentials(film, { index }) : undefined;
    const signed = signer && content && (await signBytes(bytes, 'image/png', content, signer));
    await writeFileAtomically(out, signed ?? bytes);
  }
  if (!signer || given.length === 0) return [];
  return [`not signed, because the script gives these keyframes itself: ${given.join(', ')}`];
}

/** A file that the run has made: of another one the credentials would say what is not true. */
async function readMade(path: string, sha256: string): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(await readFile(path));
  if (createHash('sha256').update(bytes).digest('hex') === sha256) return bytes;
  throw new InterchangeError(`${path} is not as it was made; run generate to make it again`);
}
