import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { decodeImage, PictureError, readPicture } from '../media/index.ts';
import {
  limits,
  type ParsedScript,
  type Problem,
  parseLocated,
  type Script,
  ScriptError,
  type YamlSource,
} from '../script/index.ts';

/**
 * Reads a script file and every picture that it names, each of which is decoded once to the last row. Throws a
 * `ScriptError` with file, line and remedy for whatever is wrong with the file, its text, or a picture.
 */
export async function readScript(path: string): Promise<Script> {
  const { script, source } = parseLocated(await readText(path), path);
  return { ...script, pictures: await hashPictures(script, source.locate) };
}

/**
 * SHA-256 (hex) of every picture that a script names, each of which is decoded once to the last row.
 * @param locate the place of a part of the script, for errors
 * @param inMemory bytes of pictures that lie in no file, by name
 * @throws ScriptError that lists all pictures that cannot be used
 */
export async function hashPictures(
  script: ParsedScript,
  locate: YamlSource['locate'],
  inMemory: ReadonlyMap<string, Uint8Array> = new Map(),
): Promise<Map<string, string>> {
  const pictures = new Map<string, string>();
  const problems: Problem[] = [];
  for (const { file, at } of picturesOf(script)) {
    if (pictures.has(file)) continue;
    try {
      const bytes = inMemory.get(file) ?? (await readPicture(file));
      await decodeImage(bytes, file);
      pictures.set(file, createHash('sha256').update(bytes).digest('hex'));
    } catch (error) {
      if (!(error instanceof PictureError)) throw error;
      problems.push({
        ...locate(at),
        message: `${what(at)}, ${inMemory.has(file) ? 'given as bytes' : file}, ${error.reason}`,
        fix: error.fix,
      });
    }
  }
  if (problems.length > 0) throw new ScriptError(script.file, problems);
  return pictures;
}

/** A picture, by its place in the file, in words. */
function what([section, name]: readonly PropertyKey[]): string {
  if (section === 'characters') return `the portrait of ${String(name)}`;
  return section === 'shots' ? `the keyframe of shot ${Number(name) + 1}` : `reference ${Number(name) + 1}`;
}

/** All pictures with their places in the file. */
function picturesOf(script: ParsedScript): { file: string; at: PropertyKey[] }[] {
  return [
    ...script.characters.map(({ id, face }) => ({ file: face, at: ['characters', id, 'face'] })),
    ...script.shots.flatMap(({ keyframe }, index) =>
      keyframe === undefined ? [] : [{ file: keyframe, at: ['shots', index, 'keyframe'] }],
    ),
    ...script.references.map((file, index) => ({ file, at: ['references', index] })),
  ];
}

async function readText(path: string): Promise<string> {
  const fail = (message: string, fix: string, line = 1, cause?: unknown): ScriptError =>
    new ScriptError(path, [{ line, column: 1, message, fix }], { cause });
  let bytes: Buffer;
  try {
    const info = await stat(path);
    if (info.isDirectory()) throw fail('is a folder', 'give the path of the script file in it');
    if (!info.isFile()) throw fail('is not a file', 'give the path of a script file');
    if (info.size > limits.fileBytes) {
      const megabytes = (n: number): string => `${(n / 2 ** 20).toFixed(1)} MB`;
      const message = `has ${megabytes(info.size)}, a script at most ${megabytes(limits.fileBytes)}`;
      throw fail(message, 'split the film into several scripts');
    }
    bytes = await readFile(path);
  } catch (error) {
    if (error instanceof ScriptError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR')
      throw fail('there is no such file', 'check the path', 1, error);
    throw fail(`cannot be read (${message})`, 'check its permissions', 1, error);
  }
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    throw fail('is saved as UTF-16', 'save it as UTF-8');
  }
  if (!isUtf8(bytes)) throw fail('is not UTF-8 text', 'save it as UTF-8', firstBadLine(bytes));
  return bytes.toString('utf8').replace(/^\ufeff/, '');
}

function firstBadLine(bytes: Buffer): number {
  let start = 0;
  for (let line = 1; ; line++) {
    const end = bytes.indexOf(10, start);
    if (end < 0 || !isUtf8(bytes.subarray(start, end))) return line;
    start = end + 1;
  }
}
