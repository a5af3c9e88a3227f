import { readdir, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { EvaluationError } from './evaluationError.ts';

/** The pictures of one story, in the order of its shots. */
export interface NumberedPictures {
  /** The folder in which they lie. */
  readonly folder: string;
  /** Path of each shot's picture by the shot's index, from 0; shots may be missing. */
  readonly byShot: ReadonlyMap<number, string>;
}

/** `01.png`, and `shot_01.png` as ViStoryBench names them. */
const pattern = /^(?:shot[ _-]?)?(\d{1,6})\.(png|jpe?g|webp)$/i;

/** Folders in which pictures lie one deeper: ViStoryBench's, and those of our films and episodes. */
const deeper = ['shots', 'keyframes'];

/**
 * Finds a story's pictures, `NN.png`, `NNNN.jpg` or `shot_NN.png`: in the folder itself, in its `shots/<story>` (ViStoryBench) or
 * `keyframes`, or in the one folder in it that has some. Numbers count from 1, or from 0 where there is a picture 0.
 * @param who what the folder was given as, such as `--frames`; it stands in errors
 * @throws EvaluationError for a folder that is not there or has no such pictures, several stories, or two pictures of
 *   one number
 */
export async function numberedPictures(path: string, who: string): Promise<NumberedPictures> {
  const folder = resolve(path);
  const own = await picturesIn(folder, who);
  if (own) return own;
  const names = await foldersIn(folder);
  const next = deeper.find((name) => names.includes(name));
  if (next) return numberedPictures(join(folder, next), who);
  const stories: NumberedPictures[] = [];
  for (const name of names) {
    const story = await picturesIn(join(folder, name), who);
    if (story) stories.push(story);
  }
  const [only, another] = stories;
  if (!only) {
    throw new EvaluationError(
      `${who} ${path}: found no pictures named by their shot, such as 01.png, 0001.jpg or shot_01.png; rename them, or give the ` +
        'folder in which they lie',
    );
  }
  if (another) {
    const all = stories.map((s) => basename(s.folder));
    const shown =
      all.length > 5 ? `${all.slice(0, 5).join(', ')} and ${all.length - 5} more` : all.join(', ');
    throw new EvaluationError(
      `${who} ${path}: holds ${all.length} stories (${shown}), and one script tells one; give the folder of its story, ` +
        `such as ${only.folder}`,
    );
  }
  return only;
}

/** The numbered pictures that lie in a folder itself; undefined where there are none. */
async function picturesIn(folder: string, who: string): Promise<NumberedPictures | undefined> {
  const byNumber = new Map<number, string>();
  for (const name of (await entriesOf(folder, who)).sort()) {
    const digits = pattern.exec(name)?.[1];
    if (digits === undefined) continue;
    const number = Number(digits);
    const other = byNumber.get(number);
    if (other !== undefined) {
      throw new EvaluationError(
        `${who} ${folder}: ${basename(other)} and ${name} are both picture ${number}; remove one of them`,
      );
    }
    byNumber.set(number, join(folder, name));
  }
  if (byNumber.size === 0) return undefined;
  const first = byNumber.has(0) ? 0 : 1;
  return { folder, byShot: new Map([...byNumber].map(([n, file]) => [n - first, file])) };
}

async function entriesOf(folder: string, who: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why =
      code === 'ENOENT'
        ? 'there is no such folder; check the path'
        : code === 'ENOTDIR'
          ? 'is a file; give the folder of the pictures'
          : `cannot be read (${message}); check its permissions`;
    throw new EvaluationError(`${who} ${folder}: ${why}`, { cause: error });
  }
}

async function foldersIn(folder: string): Promise<string[]> {
  const names: string[] = [];
  for (const name of (await readdir(folder)).sort()) {
    const isFolder = await stat(join(folder, name)).then(
      (s) => s.isDirectory(),
      () => false, // a link that leads nowhere
    );
    if (isFolder && !name.startsWith('.')) names.push(name);
  }
  return names;
}
