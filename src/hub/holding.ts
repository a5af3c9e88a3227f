import { open, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { additionsFile, folderWeights } from '../checkpoints/index.ts';
import type { Variant } from './manifest.ts';

/** What a folder holds of a model. */
export interface Holding {
  readonly folder: string;
  /** The file to open: a checkpoint, or the index of its shards. */
  readonly file: string;
  readonly variant: Variant;
  /** Names of the weights' files and of those that the part needs beside them. */
  readonly files: readonly string[];
  readonly bytes: number;
  /** Names of files that should be there and are not, with the reason where it is not their absence. */
  readonly missing: readonly string[];
}

/** Of one variant: the files that may be opened, the preferred one first, and the names that its shards have. */
export interface Candidate {
  readonly variant: Variant;
  readonly opened: readonly string[];
  readonly shards: readonly string[];
}

/**
 * Looks for weights in a folder, in the order of `candidates`: the first complete one, else the first of which there is
 * something. Undefined where there is nothing.
 */
export async function lookInto(
  folder: string,
  candidates: readonly Candidate[],
  needs: readonly string[] = [],
): Promise<Holding | undefined> {
  let partial: Holding | undefined;
  for (const candidate of candidates) {
    const holding = await holdingOf(folder, candidate, needs);
    if (holding?.missing.length === 0) return holding;
    partial ??= holding;
  }
  return partial;
}

/** What a folder of a model holds, under any name that `Checkpoint.open` accepts. */
export interface FolderCandidates {
  readonly candidates: readonly Candidate[];
  /** What `Checkpoint.open` takes where it is given the folder. */
  readonly preferred: string | undefined;
  /** Why weights lie there and none can be taken, and what to do; without a full stop. */
  readonly problem?: string;
}

export async function folderCandidates(folder: string, order: readonly Variant[]): Promise<FolderCandidates> {
  const names = await filesIn(folder);
  const { candidates, hasAdditions, problem } = folderWeights(names);
  const found = candidates.map(({ file, variant }): Candidate => {
    const half = variant === 'fp16' || variant === 'bf16';
    return { variant: half ? 'fp16' : 'full', opened: [file], shards: [] };
  });
  const [first] = order;
  const sorted = [...found].sort((a, b) => Number(b.variant === first) - Number(a.variant === first));
  if (hasAdditions && found.length === 0) {
    return {
      candidates: [{ variant: 'full', opened: [additionsFile], shards: [] }],
      preferred: additionsFile,
    };
  }
  return {
    candidates: sorted,
    preferred: candidates[0]?.file,
    ...(problem ? { problem: `in ${folder}: ${problem.what}. ${problem.help}, or move them away` } : {}),
  };
}

/** Names of a folder's files; none where there is no folder. */
async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
}

/** Files of older versions of transformers that say the same. LLaMA's SentencePiece is not among them. */
const olderFiles: Readonly<Record<string, readonly string[]>> = {
  'tokenizer.json': ['vocab.json', 'merges.txt'],
};

const isFile = async (path: string): Promise<boolean> => (await sizeOf(path)) !== undefined;

async function holdingOf(
  folder: string,
  { variant, opened, shards }: Candidate,
  needs: readonly string[],
): Promise<Holding | undefined> {
  const sizes = new Map<string, number>();
  const missing: string[] = [];
  const look = async (name: string): Promise<boolean> => {
    const size = await sizeOf(join(folder, name));
    if (size === undefined) return false;
    if (await isPointer(join(folder, name), size)) missing.push(`${name} (a Git LFS pointer: git lfs pull)`);
    else sizes.set(name, size);
    return true;
  };
  let file: string | undefined;
  for (const name of opened) {
    file = name;
    if (await look(name)) break;
    file = undefined;
  }
  const wanted = file?.endsWith('.json') && sizes.has(file) ? await shardsOf(join(folder, file)) : undefined;
  // without the index its publisher's list says what the shards are; without that, what is there
  const expected = file === undefined || file.endsWith('.json') ? (wanted ?? shards) : [];
  const absent: string[] = [];
  for (const name of expected) if (!(await look(name))) absent.push(name);
  if (file === undefined && absent.length === expected.length) return undefined;
  if (file === undefined)
    missing.push(opened.find((name) => name.endsWith('.json')) ?? (opened[0] as string));
  missing.push(...absent);
  for (const name of needs) {
    const instead = olderFiles[name];
    const all = await Promise.all((instead ?? []).map((other) => isFile(join(folder, other))));
    if (await look(name)) continue;
    if (instead && all.every(Boolean)) for (const other of instead) await look(other);
    else missing.push(name);
  }
  return {
    folder,
    file: join(folder, file ?? (opened[0] as string)),
    variant,
    files: [...sizes.keys()],
    bytes: [...sizes.values()].reduce((a, b) => a + b, 0),
    missing,
  };
}

/** Undefined where there is no file, or a link that leads nowhere. */
const sizeOf = (path: string): Promise<number | undefined> =>
  stat(path).then(
    (s) => (s.isFile() ? s.size : undefined),
    () => undefined,
  );

/** What `git clone` leaves instead of a large file where Git LFS is not installed. */
async function isPointer(path: string, size: number): Promise<boolean> {
  if (size > 1024) return false;
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(48), 0, 48, 0);
    return buffer
      .subarray(0, bytesRead)
      .toString('latin1')
      .startsWith('version https://git-lfs.github.com/spec/');
  } finally {
    await file.close();
  }
}

/** Names of the shards that an index names; undefined where it cannot be read, which opening it will say. */
export async function shardsOf(index: string): Promise<string[] | undefined> {
  try {
    const { weight_map: map } = JSON.parse(await readFile(index, 'utf8')) as { weight_map?: object };
    const names = Object.values(map ?? {}).filter((name): name is string => typeof name === 'string');
    return [...new Set(names)].sort();
  } catch {
    return undefined;
  }
}
