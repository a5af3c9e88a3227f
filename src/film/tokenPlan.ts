import { keyOf } from '../files/index.ts';
import { type Script, shotKey } from '../script/index.ts';
import { changes } from './changes.ts';
import type { FilmFacts } from './facts.ts';
import { type JobInputs, recordOf, shotInKeys } from './jobs.ts';
import type { RunState, ShotState } from './run/state.ts';
import type { ShotTokens, TakeTokens, TokenFile } from './run/tokenFile.ts';
import { takeDraws } from './takeDraws.ts';

/** What is to be done for the tokens of one shot. */
export interface TokenStep {
  readonly id: string;
  /** The key of its first take, and what that is the hash of. */
  readonly key: string;
  readonly history: string;
  readonly inputs: JobInputs;
  /** The key that it would have if it were not held. */
  readonly natural: string;
  /** The key of the take that is shown; undefined for the first. */
  readonly takeKey: string | undefined;
  /** Tokens that are known already: their `take` is there only where it is the one that is shown, `others` are all the rest. */
  readonly known: ShotTokens | undefined;
  /** Whether its tokens stay although shots before it have changed. */
  readonly isHeld: boolean;
  /** Why tokens have to be made; undefined where all are known. */
  readonly reason: string | undefined;
}

export interface TokenPlanOptions {
  /** Ids of shots that were not there before. */
  readonly inserted: ReadonlySet<string>;
  /** true holds the tokens of shots that are as they were; false lets go of all; undefined leaves it as it is. */
  readonly keepLater: boolean | undefined;
}

/** The hash of what all tokens of a film are made from. */
export const baseOf = (inputs: JobInputs, seed: number): string =>
  keyOf(...Object.values(baseInputs(inputs, seed)));

/** What `baseOf` hashes. */
export const baseInputs = (inputs: JobInputs, seed: number): JobInputs => ({ ...inputs, seed });

/**
 * The key of a shot's tokens after a history. Without ids it was the shot's place in a film that named its random stream;
 * a shot whose id is its place has the same key as then.
 */
function tokenKey(history: string, script: string, id: string, place: number): string {
  return shotInKeys(id) === place ? keyOf(history, script) : keyOf(history, script, id);
}

/**
 * Walks the chain of histories. A shot's tokens depend on its own script and on everything before it, so a change leaves
 * what comes before it as it is, and what comes after it follows, unless it is held: then only its own script counts.
 */
export function planTokens(
  script: Script,
  film: Pick<RunState, 'seed' | 'shots'>,
  facts: Pick<FilmFacts, 'tokenInputs' | 'formerWeights' | 'pictureWeights' | 'tokens'>,
  { inserted, keepLater }: TokenPlanOptions,
): TokenStep[] {
  const { seed, shots } = film;
  const base = baseOf(facts.tokenInputs, seed);
  const stored = new Map(storedTokens(script, facts, seed).map((entry) => [entry.id, entry]));
  const steps: TokenStep[] = [];
  let history = base;
  for (const [i, state] of shots.entries()) {
    const isOwn = script.shots[i]?.keyframe !== undefined; // such a picture has no takes
    const shot = isOwn ? { ...state, take: 0 } : state;
    const key = isOwn ? keyOf(shotKey(script, i), facts.pictureWeights) : shotKey(script, i);
    const natural = tokenKey(history, key, shot.id, i);
    const entry = stored.get(shot.id);
    const isSame = entry !== undefined && entry.base === base && isOf(entry, key);
    const mayHold = isSame && entry.key !== natural;
    const isHeld = mayHold && (keepLater ?? shot.held === entry.key);
    const own = isHeld ? entry.key : natural;
    const takeKeys = shot.take > 0 ? takeKeysOf({ key: own, natural }, shot.take) : [];
    const known = entry?.key === own ? withTake(entry, takeKeys) : undefined;
    steps.push({
      ...{ id: shot.id, key: own, natural },
      history: isHeld ? (entry.history as string) : history,
      inputs: { history, script: key, shot: shotInKeys(shot.id), take: shot.take },
      takeKey: known?.take?.key ?? takeKeys[0],
      known,
      isHeld,
      reason: reasonOf(shot, known, entry, {
        base,
        isSame,
        inserted,
        inputs: baseInputs(facts.tokenInputs, seed),
        file: facts.tokens,
      }),
    });
    history = isHeld ? keyOf(history, 'held', own) : natural;
  }
  return steps;
}

/** Whether stored tokens were made from this script of the shot, whatever was before it. */
function isOf({ key, history, id }: ShotTokens, script: string): boolean {
  return history !== undefined && (key === keyOf(history, script) || key === keyOf(history, script, id));
}

/**
 * The keys that tokens of a take may have: how they are drawn now, then as earlier versions drew them. Whether the shot is held
 * makes no other take.
 */
function takeKeysOf({ key, natural }: Pick<TokenStep, 'key' | 'natural'>, take: number): string[] {
  return [
    keyOf(natural, take, takeDraws),
    keyOf(key, take, takeDraws),
    keyOf(key, take),
    keyOf(natural, take),
  ];
}

/** The key of a take, from 1, that is drawn now. */
export const takeKey = (step: Pick<TokenStep, 'key' | 'natural'>, take: number): string =>
  takeKeysOf(step, take)[0] as string;

/** A shot's tokens with the take of one of the keys shown; with none of them the first. */
export function withTake({ take, others = [], ...entry }: ShotTokens, keys: readonly string[]): ShotTokens {
  const all = [...(take ? [take] : []), ...others];
  const shown = all.find(({ key }) => keys.includes(key));
  const rest = all.filter((one) => one !== shown);
  return { ...entry, ...(shown ? { take: shown } : {}), ...(rest.length > 0 ? { others: rest } : {}) };
}

/** A shot's tokens with take 0, the first, or another one shown. */
export const showTake = (
  tokens: ShotTokens,
  step: Pick<TokenStep, 'key' | 'natural'>,
  take: number,
): ShotTokens => withTake(tokens, take > 0 ? takeKeysOf(step, take) : []);

interface Circumstances {
  readonly base: string;
  readonly isSame: boolean;
  readonly inserted: ReadonlySet<string>;
  readonly inputs: JobInputs;
  readonly file: TokenFile;
}

function reasonOf(
  { id, take }: ShotState,
  known: ShotTokens | undefined,
  entry: ShotTokens | undefined,
  { base, isSame, inserted, inputs, file }: Circumstances,
): string | undefined {
  if (known) return take > 0 && !known.take ? 'new take' : undefined;
  if (inserted.has(id)) return 'new shot';
  if (!entry) return 'not made yet';
  if (entry.base !== undefined && entry.base !== base) return changes(file.inputs, inputs);
  return isSame || entry.history === undefined ? 'shots before it have changed' : 'changed text';
}

/** Stored tokens, those of version 1 completed by what the script lets one find out. */
export function storedTokens(
  script: Script,
  { tokenInputs, formerWeights, tokens }: Pick<FilmFacts, 'tokenInputs' | 'formerWeights' | 'tokens'>,
  seed: number,
): readonly ShotTokens[] {
  if (tokens.version !== 1) return tokens.shots;
  const base = baseOf(tokenInputs, seed);
  const keys = script.shots.map((_, i) => shotKey(script, i));
  const formerBase = formerWeights.tokens
    ? baseOf({ ...tokenInputs, weights: formerWeights.tokens }, seed)
    : base;
  const first = tokens.shots[0];
  const begin = first && keys.find((key) => keyOf(formerBase, key) === first.key);
  if (!begin) return tokens.shots;
  const completed = tokens.shots.map((entry) => ({ ...entry, history: entry.history ?? formerBase, base }));
  return formerBase === base ? completed : rekeyed(completed, keys, base);
}

/** Entries of keys that counted other models, with the keys that they have now. */
function rekeyed(entries: readonly ShotTokens[], keys: readonly string[], base: string): ShotTokens[] {
  let history = base;
  return entries.map((entry) => {
    const script = keys.find((key) => isOf(entry, key));
    const key = keyOf(history, script ?? ['an earlier version', entry.key]);
    const take = takeOf(entry);
    const shown = entry.take && take ? { take: { ...entry.take, key: keyOf(key, take) } } : {};
    const now = { ...entry, key, history, ...shown };
    history = key;
    return now;
  });
}

/** Which take stored tokens show; undefined for the first. */
export function takeOf({ key, take }: ShotTokens): number | undefined {
  const isOf = (n: number): boolean =>
    takeKeysOf({ key, natural: key }, n).includes((take as TakeTokens).key);
  return take && Array.from({ length: 1000 }, (_, i) => i + 1).find(isOf);
}

/**
 * Shots of version 1, of which run.json holds nothing but their place, with the scripts that their tokens were made from,
 * where a script has them still.
 */
export function recognise(
  known: readonly ShotState[],
  script: Script,
  facts: Pick<FilmFacts, 'tokenInputs' | 'formerWeights' | 'tokens'>,
  seed: number,
): ShotState[] {
  if (facts.tokens.version !== 1) return [...known];
  const entries = new Map(storedTokens(script, facts, seed).map((entry) => [entry.id, entry]));
  const keys = [...new Set(script.shots.map((_, i) => shotKey(script, i)))];
  return known.map((shot) => {
    const entry = entries.get(shot.id);
    const key = shot.script ? undefined : entry && keys.find((candidate) => isOf(entry, candidate));
    return key === undefined ? shot : { ...shot, script: { key, text: '' } };
  });
}

/** What tokens.safetensors keeps of the base. */
export const baseRecord = (inputs: JobInputs, seed: number): JobInputs => recordOf(baseInputs(inputs, seed));
