import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { stringify } from 'yaml';
import { writeFileAtomically } from '../files/index.ts';
import { formatScript, limits, parseScript, parseYaml, type ScriptFile } from '../script/index.ts';
import { parseFountain } from './fountain.ts';
import { type MergedScript, mergeScripts } from './mergeScripts.ts';
import { ScreenplayError } from './screenplayError.ts';
import { type ImportedScreenplay, toScript } from './toScript.ts';

/** What an import wrote. */
export interface ScreenplayImport extends ImportedScreenplay {
  /** Paths that were written. */
  readonly written: readonly string[];
  /** Paths of portraits that are not there. */
  readonly portraits: readonly string[];
  /** What changed in the script and in the screenplay, and stayed as it is in the script; empty of a first import. */
  readonly kept: readonly string[];
}

/**
 * Reads a screenplay, Fountain or by its ending Final Draft's `.fdx`, and writes it as a script, and beside it `cast.yaml` with those who have no portrait yet and what the
 * screenplay says of them. What the screenplay gave is kept as `NAME.imported.yaml`: with it a script that is there, and was edited, is
 * merged with a screenplay that changed, scene by scene.
 * @param force replaces a script that is there
 * @throws ScreenplayError where the file cannot be read or has no shot, or where the script is there and nothing says what was edited in
 * it. ScriptError where the script that is there is not valid
 */
export async function importScreenplay(
  file: string,
  out: string,
  { force = false }: { readonly force?: boolean } = {},
): Promise<ScreenplayImport> {
  const base = join(dirname(out), `${basename(out).replace(/\.ya?ml$/i, '')}.imported.yaml`);
  const isThere = existsSync(out) && !force;
  if (isThere && !existsSync(base)) {
    throw new ScreenplayError(
      `${out} is there already, and may have been edited; without ${base} it cannot be merged: give another --out, or --force to replace it`,
    );
  }
  const text = await textOf(file);
  const isFdx = /\.fdx$/i.test(file);
  const elements = isFdx ? (await import('./fdx.ts')).parseFdx(text, file) : parseFountain(text);
  const imported = toScript(elements);
  const { script, cast } = imported;
  if (script.shots.length === 0) {
    throw new ScreenplayError(
      `${file} has neither action nor dialogue${isFdx ? '' : '; is it Fountain? A paragraph of its own is action, a name in capitals begins dialogue'}`,
    );
  }
  const beside = (name: string): string => join(dirname(out), name);
  const given = formatScript(script);
  const merged = isThere ? await merge(out, base, script) : undefined;
  const faces = merged ? parseScript(merged.text, { file: out }).characters : undefined;
  const faceOf = (name: string): string =>
    faces?.find(({ id }) => id === name)?.face ?? beside(script.characters?.[name]?.face ?? '');
  const missing = cast.filter(({ name }) => !existsSync(faceOf(name)));
  const head =
    `# From ${basename(file)}. Edit it freely: moviedreamer check ${basename(out)} says what the models have met.\n` +
    '# Portraits (face) are pictures beside this file.\n';
  const made = merged?.text ?? head + given;
  const written = [out, base];
  if (!isThere || made !== (await readFile(out, 'utf8'))) await writeFileAtomically(out, made);
  else written.shift();
  await writeFileAtomically(
    base,
    `# What ${basename(file)} gave; leave it: import compares with it.\n${given}`,
  );
  if (missing.length > 0) {
    const listed = Object.fromEntries(
      missing.map(({ name, saidOf }) => [
        name,
        { portrait: relative(dirname(out), faceOf(name)), 'the screenplay says': saidOf },
      ]),
    );
    const path = beside('cast.yaml');
    await writeFileAtomically(
      path,
      `# Who needs a portrait still.\n${stringify(listed, { lineWidth: 110 })}`,
    );
    written.push(path);
  }
  const portraits = missing.map(({ name }) => faceOf(name));
  return { ...imported, written, portraits, kept: merged?.kept ?? [] };
}

/** The script that is there with the screenplay's changes. Both are read with all checks first. */
async function merge(out: string, base: string, script: ScriptFile): Promise<MergedScript> {
  const [text, before] = await Promise.all([readFile(out, 'utf8'), readFile(base, 'utf8')]);
  parseScript(text, { file: out });
  parseScript(before, { file: base });
  return mergeScripts(text, parseYaml(before, base).data as ScriptFile, script);
}

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
