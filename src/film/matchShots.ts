import { newShotId, type Script, type Shot, shotFileName, shotKey } from '../script/index.ts';
import { newShotState, type ShotState } from './run/state.ts';

/** A script's shots with what is known of each. */
export interface MatchedShots {
  /** In the script's order, each with an id; states are copies. */
  readonly shots: ShotState[];
  /** Ids of shots that were not there before. */
  readonly inserted: readonly string[];
  /** Shots that the script has no longer. */
  readonly removed: readonly ShotState[];
  /** Ids of shots that stand in another order than before. */
  readonly moved: readonly string[];
}

/** Shots that have less than this in common are not taken for one shot that was edited, where their places do not say so. */
const LEAST = 0.5;

/** Of so many pairs texts are compared; a script of hundreds of new texts at once is another one. */
const MANY = 250_000;

/**
 * Finds the shots of a film again in a script that may have changed: first by the ids that the script gives, then by equal
 * content in the same order, then wherever equal content went, then by similar texts between shots that were found. What
 * is left where as many shots are gone as came, was rewritten in its place. All others are new.
 */
export function matchShots(known: readonly ShotState[], script: Script): MatchedShots {
  const keys = script.shots.map((_, i) => shotKey(script, i));
  const pairs = new Pairs(known.length, script.shots.length);
  matchIds(pairs, known, script);
  const isSame = (o: number, n: number): boolean => known[o]?.script?.key === keys[n];
  for (const [o, n] of longestCommon(pairs.freeOld(), pairs.freeNew(), isSame)) pairs.add(o, n);
  const places = new Map<string | undefined, number[]>();
  for (const n of pairs.freeNew()) places.set(keys[n], [...(places.get(keys[n]) ?? []), n]);
  for (const o of pairs.freeOld()) {
    const n = places.get(known[o]?.script?.key)?.shift();
    if (n !== undefined) pairs.add(o, n);
  }
  matchSimilar(pairs, known, script);
  return collect(pairs, known, script, keys);
}

/** Which shot (from 0) of before is which of now. */
class Pairs {
  readonly oldOf: (number | undefined)[];
  readonly newOf: (number | undefined)[];

  constructor(before: number, now: number) {
    this.newOf = Array.from({ length: before });
    this.oldOf = Array.from({ length: now });
  }

  add(o: number, n: number): void {
    this.newOf[o] = n;
    this.oldOf[n] = o;
  }

  freeOld(): number[] {
    return [...this.newOf.keys()].filter((o) => this.newOf[o] === undefined);
  }

  freeNew(): number[] {
    return [...this.oldOf.keys()].filter((n) => this.oldOf[n] === undefined);
  }
}

/** The script's names of shots come before anything else. */
function matchIds(pairs: Pairs, known: readonly ShotState[], { shots }: Script): void {
  for (const [n, { id }] of shots.entries()) {
    if (id === undefined) continue;
    const named = known.findIndex((shot) => shot.name === id);
    const o = named >= 0 ? named : known.findIndex((shot) => shot.name === undefined && shot.id === id);
    if (o >= 0 && pairs.newOf[o] === undefined) pairs.add(o, n);
  }
}

/** The longest common subsequence of two lists of indices. */
function longestCommon(
  a: readonly number[],
  b: readonly number[],
  isSame: (a: number, b: number) => boolean,
): [number, number][] {
  const same = (i: number, j: number): boolean => isSame(a[i] as number, b[j] as number);
  // films of thousands of shots mostly stay as they are
  let head = 0;
  while (head < Math.min(a.length, b.length) && same(head, head)) head++;
  let tail = 0;
  while (tail < Math.min(a.length, b.length) - head && same(a.length - 1 - tail, b.length - 1 - tail)) tail++;
  const pair = (i: number, j: number): [number, number] => [a[i] as number, b[j] as number];
  return [
    ...Array.from({ length: head }, (_, i) => pair(i, i)),
    ...align(a.slice(head, a.length - tail), b.slice(head, b.length - tail), (o, n) =>
      isSame(o, n) ? 1 : 0,
    ),
    ...Array.from({ length: tail }, (_, i) => pair(a.length - tail + i, b.length - tail + i)),
  ];
}

/** Pairs of two lists, in order, whose scores have the largest sum; pairs of score 0 are none. */
function align(
  a: readonly number[],
  b: readonly number[],
  score: (a: number, b: number) => number,
): [number, number][] {
  const width = b.length + 1;
  const best = new Float64Array((a.length + 1) * width);
  const scores = new Float32Array(a.length * b.length);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const s = score(a[i] as number, b[j] as number);
      scores[i * b.length + j] = s;
      const both = s > 0 ? s + best[(i + 1) * width + j + 1]! : 0;
      best[i * width + j] = Math.max(both, best[(i + 1) * width + j]!, best[i * width + j + 1]!);
    }
  }
  const pairs: [number, number][] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const s = scores[i * b.length + j] as number;
    const here = best[i * width + j] as number;
    if (s > 0 && here <= s + best[(i + 1) * width + j + 1]! + 1e-6) {
      pairs.push([a[i++] as number, b[j++] as number]);
    } else if (best[(i + 1) * width + j]! >= here) i++;
    else j++;
  }
  return pairs;
}

/** Edited shots: between neighbours that were found, then anywhere. */
function matchSimilar(pairs: Pairs, known: readonly ShotState[], script: Script): void {
  const before = known.map((shot) => (shot.script?.text ? pairsOfLetters(shot.script.text) : undefined));
  const now = script.shots.map((shot) => pairsOfLetters(shotText(shot)));
  const similarity = (o: number, n: number): number => {
    const text = before[o];
    return text === undefined ? LEAST : common(text, now[n] as ReadonlySet<string>);
  };
  const enough = (o: number, n: number): number => {
    const s = similarity(o, n);
    return s >= LEAST ? s : 0;
  };
  for (const { gone, came } of gaps(pairs)) {
    if (gone.length * came.length > MANY) continue;
    for (const [o, n] of align(gone, came, enough)) pairs.add(o, n);
  }
  for (const { gone, came } of gaps(pairs)) {
    if (gone.length !== came.length) continue;
    gone.forEach((o, i) => {
      pairs.add(o, came[i] as number);
    });
  }
  if (pairs.freeNew().length * pairs.freeOld().length > MANY) return;
  // a shot that was moved and edited
  for (const n of pairs.freeNew()) {
    const candidates = pairs.freeOld().map((o) => ({ o, s: before[o] ? similarity(o, n) : 0 }));
    const best = candidates.reduce((a, b) => (b.s > a.s ? b : a), { o: -1, s: 0 });
    if (best.s >= LEAST) pairs.add(best.o, n);
  }
}

/** Runs of shots that are gone and that came between two neighbours that were found. */
function gaps(pairs: Pairs): { gone: number[]; came: number[] }[] {
  const found: { gone: number[]; came: number[] }[] = [];
  const order = pairs.oldOf.flatMap((o) => (o === undefined ? [] : [o]));
  const anchors = inOrder(order);
  const goneFrom = (from: number, to: number): number[] => {
    const gone: number[] = [];
    for (let o = from; o < to; o++) if (pairs.newOf[o] === undefined) gone.push(o);
    return gone;
  };
  let came: number[] = [];
  let from = 0;
  const close = (to: number): void => {
    const gone = came.length > 0 ? goneFrom(from, to) : [];
    if (gone.length > 0) found.push({ gone, came });
    came = [];
    from = to + 1;
  };
  for (const [n, o] of pairs.oldOf.entries()) {
    if (o === undefined) came.push(n);
    else if (anchors.has(o)) close(o);
  }
  close(pairs.newOf.length);
  return found;
}

/** Of places in another order than before, the most that can stay where they are: a longest increasing subsequence. */
function inOrder(order: readonly number[]): ReadonlySet<number> {
  const ends: number[] = []; // at i, the smallest end of an increasing subsequence of i + 1 places
  const before = new Map<number, number | undefined>();
  for (const place of order) {
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((ends[middle] as number) < place) low = middle + 1;
      else high = middle;
    }
    before.set(place, ends[low - 1]);
    ends[low] = place;
  }
  const stay = new Set<number>();
  for (let place = ends.at(-1); place !== undefined; place = before.get(place)) stay.add(place);
  return stay;
}

/** What a shot says, as one text. */
export function shotText({ characters, elements, plot }: Shot): string {
  const cast = characters.map(({ id, expression }) => `${id} ${expression}`.trim());
  return [...cast, ...elements, ...plot].join('\n');
}

/** All neighbouring pairs of letters: says how alike texts are, in any language. */
function pairsOfLetters(text: string): ReadonlySet<string> {
  const letters = [...text.toLowerCase().replace(/\s+/g, ' ')];
  return new Set(letters.map((letter, i) => `${letter}${letters[i + 1] ?? ''}`));
}

/** Dice's coefficient, from 0 to 1. */
function common(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let both = 0;
  for (const pair of a) if (b.has(pair)) both++;
  return (2 * both) / Math.max(1, a.size + b.size);
}

function collect(
  pairs: Pairs,
  known: readonly ShotState[],
  script: Script,
  keys: readonly string[],
): MatchedShots {
  const isNamed = new Set(script.shots.flatMap(({ id }) => (id === undefined ? [] : [fileOf(id)])));
  const taken = new Set(known.map(({ id }) => fileOf(id)));
  const inserted: string[] = [];
  const shots: ShotState[] = [];
  for (const [n, shot] of script.shots.entries()) {
    const o = pairs.oldOf[n];
    let state = o === undefined ? undefined : { ...(known[o] as ShotState) };
    if (!state) {
      // a name that files of another shot have already stays a name
      const own = shot.id !== undefined && !taken.has(fileOf(shot.id)) ? shot.id : undefined;
      const isLast = pairs.oldOf.slice(n + 1).every((other) => other === undefined);
      const isFree = (id: string): boolean => !taken.has(fileOf(id)) && !isNamed.has(fileOf(id));
      state = newShotState(own ?? newShotId(shots.at(-1)?.id, isLast, (id) => !isFree(id)));
      taken.add(fileOf(state.id));
      inserted.push(state.id);
    }
    const { name: _, script: __, take, settings, ...made } = state;
    const name = shot.id !== undefined && shot.id !== state.id ? { name: shot.id } : {};
    const text = { script: { key: keys[n] as string, text: shotText(shot) } };
    shots.push({ ...{ id: state.id, ...name, ...text, take, settings: { ...settings } }, ...made });
  }
  const order = pairs.oldOf.flatMap((o) => (o === undefined ? [] : [o]));
  const stay = inOrder(order);
  return {
    shots,
    inserted,
    removed: pairs.freeOld().map((o) => known[o] as ShotState),
    moved: order.filter((o) => !stay.has(o)).map((o) => (known[o] as ShotState).id),
  };
}

const fileOf = (id: string): string => shotFileName(id).toLowerCase();
