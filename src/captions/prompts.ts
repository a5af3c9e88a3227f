import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../presets/index.ts';
import { CaptionsError } from './captionsError.ts';

export const promptNames = ['frame', 'person', 'scene', 'character'] as const;
export type PromptName = (typeof promptNames)[number];

/** What a model is told before a request. */
export interface Prompt {
  readonly text: string;
  /** SHA-256 (hex, 16 digits): another prompt is another answer. */
  readonly hash: string;
}
export type Prompts = Readonly<Record<PromptName, Prompt>>;

/** Where the prompts lie that come with the package. */
export const promptFolder: string = join(packageRoot, 'prompts', 'captions');

/**
 * Reads `frame.md`, `person.md`, `scene.md` and `character.md`; those that `folder` lacks are the package's own.
 * @throws CaptionsError for a prompt that is empty, or a folder without any
 */
export async function readPrompts(folder?: string): Promise<Prompts> {
  let own = 0;
  const read = async (name: PromptName): Promise<[PromptName, Prompt]> => {
    const given = folder && (await textOf(join(folder, `${name}.md`)));
    if (given !== undefined) own += 1;
    const text = (given ?? (await readFile(join(promptFolder, `${name}.md`), 'utf8'))).trim();
    if (text === '')
      throw new CaptionsError(`the prompt ${join(folder ?? promptFolder, `${name}.md`)} is empty`);
    return [name, { text, hash: createHash('sha256').update(text).digest('hex').slice(0, 16) }];
  };
  const all = Object.fromEntries(await Promise.all(promptNames.map(read))) as unknown as Prompts;
  if (folder && own === 0)
    throw new CaptionsError(
      `${folder} has none of ${promptNames.map((name) => `${name}.md`).join(', ')}; copy those to be changed from ${promptFolder}`,
    );
  return all;
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new CaptionsError(`the prompt ${path} cannot be read (${(error as Error).message})`, {
      cause: error,
    });
  }
}
