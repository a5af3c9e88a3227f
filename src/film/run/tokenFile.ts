import { CheckpointError, SafetensorsFile, writeSafetensors } from '../../checkpoints/index.ts';
import { concatRows, f32, rowsOf, type TensorData } from '../../graph/index.ts';

/** One shot's tokens. */
export interface ShotTokens {
  /** Of all that they were made from. */
  readonly key: string;
  readonly tokens: readonly Float32Array[];
  /** Another take, shown instead of `tokens`, which stay what later shots were made from. */
  readonly take?: { readonly key: string; readonly tokens: readonly Float32Array[] };
}

/** The tokens that a shot shows. */
export const shownTokens = ({ tokens, take }: ShotTokens): readonly Float32Array[] => take?.tokens ?? tokens;

/**
 * Reads `tokens.safetensors`: the shots from the first one on. A file that is not there, or damaged, has none: tokens
 * can always be made again.
 */
export async function readTokens(path: string): Promise<ShotTokens[]> {
  let file: SafetensorsFile;
  try {
    file = await SafetensorsFile.open(path);
  } catch (error) {
    if (error instanceof CheckpointError) return [];
    throw error;
  }
  try {
    const keys = JSON.parse(file.metadata.get('keys') ?? '[]') as string[];
    const takes = JSON.parse(file.metadata.get('takes') ?? '{}') as Record<string, string>;
    const all = (await file.readFloat32('tokens')) as TensorData;
    const perShot = all.shape[1] as number;
    const rows = rowsOf(all);
    const shots: ShotTokens[] = [];
    for (const [index, key] of keys.entries()) {
      const shown = rows.slice(index * perShot, (index + 1) * perShot);
      const take = takes[index + 1];
      if (take === undefined) shots.push({ key, tokens: shown });
      else {
        const tokens = rowsOf(await file.readFloat32(`history.${index + 1}`));
        shots.push({ key, tokens, take: { key: take, tokens: shown } });
      }
    }
    return shots;
  } catch (error) {
    if (error instanceof CheckpointError || error instanceof SyntaxError) return [];
    throw error;
  } finally {
    await file.close();
  }
}

/**
 * Writes `tokens` [shots, tokens a shot, d], what the renderer is given, and for every shot with another take
 * `history.<shot>` [tokens, d], what later shots were made from. Atomic: keys and tokens are always of one piece.
 */
export async function writeTokens(path: string, shots: readonly ShotTokens[]): Promise<void> {
  const first = shots[0];
  if (!first) return;
  const count = first.tokens.length;
  const d = first.tokens[0]?.length ?? 0;
  const tensors: Record<string, TensorData> = {
    tokens: f32(concatRows(shots.flatMap(shownTokens), d), [shots.length, count, d]),
  };
  const takes: Record<string, string> = {};
  for (const [index, shot] of shots.entries()) {
    if (!shot.take) continue;
    takes[index + 1] = shot.take.key;
    tensors[`history.${index + 1}`] = f32(concatRows(shot.tokens, d), [count, d]);
  }
  await writeSafetensors(path, tensors, {
    format: 'moviedreamer-tokens-1',
    keys: JSON.stringify(shots.map((shot) => shot.key)),
    takes: JSON.stringify(takes),
  });
}
