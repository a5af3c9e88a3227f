import { isDeepStrictEqual } from 'node:util';
import { type Document, isMap, isSeq, type Node, parseDocument } from 'yaml';
import type { ScriptFile } from '../script/index.ts';

/** A script in which the screenplay's changes and a person's own are together. */
export interface MergedScript {
  readonly text: string;
  /** Scenes, people or the title that changed on both sides, or that the screenplay has no more: what the person wrote is kept. */
  readonly kept: readonly string[];
}

type ShotData = ScriptFile['shots'][number];
type People = NonNullable<ScriptFile['characters']>;

interface Scene<T> {
  /** Heading, and how many of this heading came before. */
  readonly key: string;
  readonly name: string;
  readonly shots: { readonly data: ShotData; readonly own: T }[];
}

/**
 * Merges three ways: what the screenplay gave before, the script as a person edited it since, and what the screenplay gives now. Scenes
 * are compared by their headings; a scene that changed on one side only is that side's. Comments, ids and shots that stay are kept as
 * they are written.
 * @param text the edited script, valid
 */
export function mergeScripts(text: string, before: ScriptFile, now: ScriptFile): MergedScript {
  const document = parseDocument(text);
  const mine = document.toJS({ maxAliasCount: -1 }) as ScriptFile;
  const kept: string[] = [];
  const seq = document.get('shots');
  if (!isSeq(seq)) throw new TypeError('mergeScripts: expected a valid script');
  const nodes = seq.items as Node[];
  const shots = mergeScenes(
    scenesOf(before.shots, before.shots),
    scenesOf(mine.shots, nodes),
    scenesOf(now.shots, now.shots),
    kept,
  );
  const merged = shots.map(({ own, data }) => own ?? (document.createNode(withoutUndefined(data)) as Node));
  const isSame = merged.length === nodes.length && merged.every((node, i) => node === nodes[i]);
  if (!isSame) seq.items = merged;
  const used = new Set(shots.flatMap(({ data }) => namesOf(data)));
  const changes = [
    mergeTitle(document, before.title, mine.title, now.title, kept),
    mergePeople(
      document,
      { before: before.characters ?? {}, mine: mine.characters ?? {}, now: now.characters ?? {} },
      used,
      kept,
    ),
  ];
  if (isSame && !changes.includes(true)) return { text, kept };
  return { text: document.toString({ lineWidth: 110, flowCollectionPadding: true }), kept };
}

/** A shot without a heading belongs to the scene before it. */
function scenesOf<T>(shots: readonly ShotData[], own: readonly T[]): Scene<T>[] {
  const scenes: Scene<T>[] = [];
  const counts = new Map<string, number>();
  for (const [i, data] of shots.entries()) {
    const last = scenes.at(-1);
    if (last && (data.scene === undefined || data.scene === last.name)) {
      last.shots.push({ data, own: own[i] as T });
      continue;
    }
    const name = data.scene ?? '';
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    scenes.push({ key: `${count} ${name}`, name, shots: [{ data, own: own[i] as T }] });
  }
  return scenes;
}

interface MergedShot {
  readonly data: ShotData;
  /** As it is written in the edited script; undefined of the screenplay's. */
  readonly own: Node | undefined;
}

function mergeScenes(
  before: readonly Scene<unknown>[],
  mine: readonly Scene<Node>[],
  now: readonly Scene<unknown>[],
  kept: string[],
): MergedShot[] {
  const [was, own, is] = [before, mine, now].map(
    (scenes) => new Map<string, Scene<unknown>>(scenes.map((scene) => [scene.key, scene])),
  ) as [Map<string, Scene<unknown>>, Map<string, Scene<Node>>, Map<string, Scene<unknown>>];
  const keys = (scenes: readonly Scene<unknown>[]): string[] => scenes.map(({ key }) => key);
  // who moved scenes has the order; where both did, the screenplay
  const stayed = (scenes: readonly Scene<unknown>[]): string[] =>
    keys(scenes).filter((key) => was.has(key) && is.has(key));
  const isMoved = !isDeepStrictEqual(stayed(before), stayed(now));
  const order = isMoved ? woven(keys(now), keys(mine)) : woven(keys(mine), keys(now));
  return order.flatMap((key) => mergeScene(was.get(key), own.get(key), is.get(key), kept));
}

/** All of `first` in their order, and what only `second` has behind what it follows there. */
function woven(first: readonly string[], second: readonly string[]): string[] {
  const all = [...first];
  for (const [i, key] of second.entries()) {
    if (first.includes(key)) continue;
    const earlier = new Set(second.slice(0, i));
    all.splice(all.findLastIndex((other) => earlier.has(other)) + 1, 0, key);
  }
  return all;
}

function mergeScene(
  old: Scene<unknown> | undefined,
  edited: Scene<Node> | undefined,
  scene: Scene<unknown> | undefined,
  kept: string[],
): readonly MergedShot[] {
  if (!scene) {
    if (!edited || (old && areAlike(old, edited))) return []; // the screenplay has it no more
    if (old) kept.push(`${nameOf(edited)}: changed in the script, removed from the screenplay`);
    return edited.shots;
  }
  const isOld = old !== undefined && areAlike(old, scene);
  if (!edited) {
    if (!old) return scene.shots.map(({ data }) => ({ data, own: undefined }));
    if (!isOld) kept.push(`${nameOf(scene)}: removed in the script, changed in the screenplay`);
    return [];
  }
  if (isOld || areAlike(edited, scene)) return edited.shots;
  if (old && areAlike(old, edited)) return updated(edited, scene);
  kept.push(`${nameOf(scene)}: changed in both`);
  return edited.shots;
}

/** The screenplay's shots, those that were there before as they are written. */
function updated(edited: Scene<Node>, scene: Scene<unknown>): MergedShot[] {
  const left = [...edited.shots];
  return scene.shots.map(({ data }) => {
    const at = left.findIndex((shot) => isAlike(shot.data, data));
    return at < 0 ? { data, own: undefined } : (left.splice(at, 1)[0] as MergedShot);
  });
}

const areAlike = (a: Scene<unknown>, b: Scene<unknown>): boolean =>
  a.shots.length === b.shots.length &&
  a.shots.every(({ data }, i) => isAlike(data, (b.shots[i] as { data: ShotData }).data));

/** But for the id, which `generate --write-ids` adds. */
const isAlike = ({ id: _a, ...a }: ShotData, { id: _b, ...b }: ShotData): boolean =>
  isDeepStrictEqual(withoutUndefined(a), withoutUndefined(b));

const nameOf = ({ name }: Scene<unknown>): string => (name === '' ? 'before the first scene' : name);

const withoutUndefined = <T extends object>(data: T): T => JSON.parse(JSON.stringify(data)) as T;

function namesOf({ characters = [], dialogue = [] }: ShotData): string[] {
  const shown = Array.isArray(characters) ? characters : Object.keys(characters);
  return [...shown, ...dialogue.flatMap((line) => Object.keys(line))];
}

/** @returns whether it changed */
function mergeTitle(
  document: Document,
  before: string | undefined,
  mine: string | undefined,
  now: string | undefined,
  kept: string[],
): boolean {
  if (now === before || now === mine) return false;
  if (mine !== before) {
    kept.push('the title: changed in both');
    return false;
  }
  if (now === undefined) document.delete('title');
  else if (document.has('title')) document.set('title', now);
  else if (isMap(document.contents))
    document.contents.items.unshift(document.createPair('title', now) as never);
  return true;
}

/** @returns whether somebody came, went or changed */
function mergePeople(
  document: Document,
  { before, mine, now }: { readonly before: People; readonly mine: People; readonly now: People },
  used: ReadonlySet<string>,
  kept: string[],
): boolean {
  let isChanged = false;
  if (!document.has('characters') && Object.keys(now).length > 0) document.set('characters', {});
  for (const [name, person] of Object.entries(now)) {
    const isOld = isDeepStrictEqual(before[name], person) || isDeepStrictEqual(mine[name], person);
    if (Object.hasOwn(mine, name) ? isOld : isOld && !used.has(name)) continue;
    if (Object.hasOwn(mine, name) && !isDeepStrictEqual(mine[name], before[name])) {
      kept.push(`${name}: described anew in both`);
      continue;
    }
    document.setIn(['characters', name], document.createNode(person));
    isChanged = true;
  }
  for (const name of Object.keys(mine)) {
    if (Object.hasOwn(now, name) || used.has(name) || !isDeepStrictEqual(mine[name], before[name])) continue;
    document.deleteIn(['characters', name]);
    isChanged = true;
  }
  return isChanged;
}
