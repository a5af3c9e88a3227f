import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CheckpointError, readConfig } from '../checkpoints/index.ts';
import { clipTokenizerJson } from './trainTokenizer.ts';

/** The files in which transformers keeps CLIP's tokenizer: since version 4 `tokenizer.json`, before it the other two. */
export const clipTokenizerFiles = ['tokenizer.json', 'vocab.json', 'merges.txt'] as const;

/**
 * CLIP's `tokenizer.json` of a folder, put together from `vocab.json` and `merges.txt` where it has only these; undefined
 * where it has none. Throws `CheckpointError` where one cannot be read.
 */
export async function readClipTokenizer(folder: string): Promise<object | undefined> {
  const [whole, vocab, merges] = clipTokenizerFiles.map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  if (await exists(whole)) return readConfig(whole);
  if (!(await exists(vocab)) || !(await exists(merges))) return undefined;
  const ids = Object.entries(await readConfig(vocab));
  const tokens = ids.sort(([, a], [, b]) => Number(a) - Number(b)).map(([token]) => token);
  if (!ids.every(([, id], i) => id === i)) {
    const expected = `the ids 0 to ${ids.length - 1}, each once`;
    throw new CheckpointError({ file: vocab, problem: 'is no vocabulary', expected });
  }
  // its first line is a comment, the version
  const lines = (await readFile(merges, 'utf8'))
    .split(/\r?\n/)
    .filter((line) => !line.startsWith('#version'));
  const pairs = lines.map((line) => line.split(' ')).filter((pair) => pair.length === 2);
  return clipTokenizerJson(tokens, pairs as [string, string][]);
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
