import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { stringify } from 'yaml';
import { writeFileAtomically } from '../files/index.ts';
import { formatScript, limits } from '../script/index.ts';
import { parseFountain } from './fountain.ts';
import { ScreenplayError } from './screenplayError.ts';
import { type ImportedScreenplay, toScript } from './toScript.ts';

/** What an import wrote. */
export interface FountainImport extends ImportedScreenplay {
  /** Paths that were written. */
  readonly written: readonly string[];
  /** Paths of portraits that are not there. */
  readonly portraits: readonly string[];
}

/**
 * Reads a screenplay in Fountain and writes it as a script, and beside it `cast.yaml` with those who have no portrait yet and what the
 * screenplay says of them.
 * @throws ScreenplayError where the file cannot be read or has no shot, or where the script is there and `force` is not given
 */
export async function importFountain(
  file: string,
  out: string,
  { force = false }: { readonly force?: boolean } = {},
): Promise<FountainImport> {
  if (existsSync(out) && !force) {
    throw new ScreenplayError(
      `${out} is there already, and may have been edited; give another --out, or --force to replace it`,
    );
  }
  const imported = toScript(parseFountain(await textOf(file)));
  const { script, cast } = imported;
  if (script.shots.length === 0) {
    throw new ScreenplayError(
      `${file} has neither action nor dialogue; is it Fountain? A paragraph of its own is action, a name in capitals begins dialogue`,
    );
  }
  const beside = (name: string): string => join(dirname(out), name);
  const missing = cast.filter(({ name }) => !existsSync(beside(faceOf(script, name))));
  const head =
    `# From ${basename(file)}. Edit it freely: moviedreamer check ${basename(out)} says what the models have met.\n` +
    '# Portraits (face) are pictures beside this file.\n';
  await writeFileAtomically(out, head + formatScript(script));
  const written = [out];
  if (missing.length > 0) {
    const listed = Object.fromEntries(
      missing.map(({ name, saidOf }) => [
        name,
        { portrait: faceOf(script, name), 'the screenplay says': saidOf },
      ]),
    );
    const path = beside('cast.yaml');
    await writeFileAtomically(
      path,
      `# Who needs a portrait still.\n${stringify(listed, { lineWidth: 110 })}`,
    );
    written.push(path);
  }
  return { ...imported, written, portraits: missing.map(({ name }) => beside(faceOf(script, name))) };
}

const faceOf = ({ characters }: ImportedScreenplay['script'], name: string): string =>
  characters?.[name]?.face ?? '';

async function textOf(file: string): Promise<string> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (cause) {
    throw new ScreenplayError(`${file} cannot be read (${(cause as Error).message}); check the path`, {
      cause,
    });
  }
  if (bytes.length > limits.fileBytes) {
    const megabytes = (bytes.length / 2 ** 20).toFixed(1);
    throw new ScreenplayError(`${file} has ${megabytes} MB, a screenplay at most 4 MB; is it text?`);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new ScreenplayError(`${file} is not UTF-8 text; save it as UTF-8`, { cause });
  }
}
