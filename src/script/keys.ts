import { createHash } from 'node:crypto';
import { frameLayout } from './layout.ts';
import { characterOf, type Script } from './script.ts';

/**
 * SHA-256 (hex) of all that shot `index` (from 0) itself gives to its keyframe: its layout with every sentence, and the
 * bytes of its portraits and of its own keyframe. Names of characters and paths of pictures do not count, nor do `seconds` (see `clipKey`).
 * Equal keys mean equal input; a changed key means that the shot must be made again.
 */
export function shotKey(script: Script, index: number): string {
  const shot = script.shots[index];
  if (!shot)
    throw new RangeError(`shotKey: the script has ${script.shots.length} shots, there is no index ${index}`);
  const layout = frameLayout(shot, script).map((segment) =>
    segment.kind === 'face'
      ? { kind: 'face', picture: pictureHash(script, characterOf(script, segment.character).face) }
      : segment,
  );
  const { keyframe } = shot;
  return hash(
    keyframe === undefined
      ? layout
      : [...layout, { kind: 'keyframe', picture: pictureHash(script, keyframe) }],
  );
}

/** SHA-256 (hex) of what a shot gives to its clip: its keyframe's key and its length. */
export function clipKey(script: Script, index: number): string {
  return hash([shotKey(script, index), script.shots[index]!.seconds]);
}

/** SHA-256 (hex) of everything in a script that a film shows: title, shots, references. */
export function scriptKey(script: Script): string {
  return hash({
    title: script.title ?? null,
    shots: script.shots.map((_, index) => clipKey(script, index)),
    references: script.references.map((path) => pictureHash(script, path)),
    ...(script.cut ? { cut: script.cut } : {}),
  });
}

function pictureHash(script: Script, path: string): string {
  const value = script.pictures.get(path);
  if (!value) throw new Error(`${script.file}: picture ${path} was not read; use readScript`);
  return value;
}

/** Object literals here have a fixed key order, so that plain JSON is canonical. */
function hash(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}
