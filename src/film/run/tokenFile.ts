import { z } from 'zod';
import { CheckpointError, SafetensorsFile, writeSafetensors } from '../../checkpoints/index.ts';
import { concatRows, f32, rowsOf, type TensorData } from '../../graph/index.ts';
import { RunError } from './runError.ts';

/** One shot's tokens. */
export interface ShotTokens {
  readonly id: string;
  /** Of all that they were made from: the film's base, everything before the shot, the shot's script. */
  readonly key: string;
  /** Of everything before the shot; undefined where that is not known, for the first shot of a file of version 1. */
  readonly history: string | undefined;
  /** Of what all shots are made from; undefined where that is not known, in files of version 1. */
  readonly base: string | undefined;
  readonly tokens: readonly Float32Array[];
  /** Another take, shown instead of `tokens`, which stay what later shots were made from. */
  readonly take?: TakeTokens | undefined;
  /** Takes that are not shown, and may be chosen. */
  readonly others?: readonly TakeTokens[] | undefined;
}

/** Another draw of a shot's tokens. */
export interface TakeTokens {
  /** Of what it was drawn from, and which take it is. */
  readonly key: string;
  readonly tokens: readonly Float32Array[];
}

/** `tokens.safetensors` as it was read. */
export interface TokenFile {
  readonly version: number;
  readonly shots: readonly ShotTokens[];
  /** What `base` is the hash of, shortened: to say later what has changed. */
  readonly inputs: Readonly<Record<string, unknown>> | undefined;
}

/** The tokens that a shot shows. */
export const shownTokens = ({ tokens, take }: ShotTokens): readonly Float32Array[] => take?.tokens ?? tokens;

const tokenVersion = 2;
const format = (version: number): string => `moviedreamer-tokens-${version}`;

const entries = z.array(
  z.strictObject({
    id: z.string(),
    key: z.string(),
    history: z.string().optional(),
    base: z.string().optional(),
    take: z.string().optional(),
    others: z.array(z.string()).optional(),
  }),
);
type Entry = z.infer<typeof entries>[number];

const empty: TokenFile = { version: tokenVersion, shots: [], inputs: undefined };

/**
 * Reads `tokens.safetensors`, of this version or an earlier one. A file that is not there, or damaged, has no tokens:
 * they can always be made again.
 * @throws RunError where it is of a later version
 */
export async function readTokens(path: string): Promise<TokenFile> {
  let file: SafetensorsFile;
  try {
    file = await SafetensorsFile.open(path);
  } catch (error) {
    if (error instanceof CheckpointError) return empty;
    throw error;
  }
  try {
    const version = Number(/^moviedreamer-tokens-(\d+)$/.exec(file.metadata.get('format') ?? '')?.[1]);
    if (version > tokenVersion) {
      throw new RunError(
        `${path} was written by a later MovieDreamer (its version is ${version}, this one reads up to ${tokenVersion}); ` +
          'update MovieDreamer, or give another --out folder',
      );
    }
    const listed =
      version === 1 ? entriesOf1(file.metadata) : entries.parse(json(file.metadata.get('shots')));
    const all = (await file.readFloat32('tokens')) as TensorData;
    const perShot = all.shape[1] as number;
    const rows = rowsOf(all);
    const shots: ShotTokens[] = [];
    for (const [index, { id, key, history, base, take, others = [] }] of listed.entries()) {
      const shown = rows.slice(index * perShot, (index + 1) * perShot);
      const tokens = take === undefined ? shown : rowsOf(await file.readFloat32(`history.${id}`));
      shots.push({
        ...{ id, key, history, base, tokens },
        ...(take === undefined ? {} : { take: { key: take, tokens: shown } }),
        ...(others.length === 0 ? {} : { others: await readOthers(file, id, others) }),
      });
    }
    const inputs = json(file.metadata.get('inputs')) as TokenFile['inputs'];
    return { version, shots, inputs };
  } catch (error) {
    if (error instanceof CheckpointError || error instanceof SyntaxError || error instanceof z.ZodError)
      return empty;
    throw error;
  } finally {
    await file.close();
  }
}

async function readOthers(file: SafetensorsFile, id: string, keys: readonly string[]): Promise<TakeTokens[]> {
  const rows = rowsOf(await file.readFloat32(`others.${id}`));
  const perTake = rows.length / keys.length;
  return keys.map((key, i) => ({ key, tokens: rows.slice(i * perTake, (i + 1) * perTake) }));
}

/** Version 1 knew shots by their place, and of each key only the key before it. */
function entriesOf1(metadata: ReadonlyMap<string, string>): Entry[] {
  const keys = z.array(z.string()).parse(json(metadata.get('keys')) ?? []);
  const takes = z.record(z.string(), z.string()).parse(json(metadata.get('takes')) ?? {});
  return keys.map((key, i) => ({ id: `${i + 1}`, key, history: keys[i - 1], take: takes[i + 1] }));
}

const json = (text: string | undefined): unknown => (text === undefined ? undefined : JSON.parse(text));

/**
 * Writes `tokens` [shots, tokens a shot, d], what the renderer is given, and for every shot with another take
 * `history.<id>` [tokens, d], what later shots were made from; `others.<id>` [takes, tokens, d] has the takes that are not shown.
 * Atomic: keys and tokens are always of one piece.
 */
export async function writeTokens(
  path: string,
  { shots, inputs }: Omit<TokenFile, 'version'>,
): Promise<void> {
  const first = shots[0];
  if (!first) return;
  const count = first.tokens.length;
  const d = first.tokens[0]?.length ?? 0;
  const tensors: Record<string, TensorData> = {
    tokens: f32(concatRows(shots.flatMap(shownTokens), d), [shots.length, count, d]),
  };
  for (const { id, take, others = [], tokens } of shots) {
    if (take) tensors[`history.${id}`] = f32(concatRows(tokens, d), [count, d]);
    const rows = others.flatMap((other) => other.tokens);
    if (rows.length > 0) tensors[`others.${id}`] = f32(concatRows(rows, d), [others.length, count, d]);
  }
  const listed: Entry[] = shots.map(({ id, key, history, base, take, others = [] }) => ({
    ...{ id, key, history, base, take: take?.key },
    ...(others.length > 0 ? { others: others.map((other) => other.key) } : {}),
  }));
  await writeSafetensors(path, tensors, {
    format: format(tokenVersion),
    shots: JSON.stringify(listed),
    ...(inputs ? { inputs: JSON.stringify(inputs) } : {}),
  });
}
