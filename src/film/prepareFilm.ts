import type { Script } from '../script/index.ts';
import type { FilmFacts } from './facts.ts';
import { matchShots } from './matchShots.ts';
import { applyOptions, type DreamOptions, idsOf } from './options.ts';
import { type FilmPlan, plan } from './plan.ts';
import { keyframePath, takePath } from './run/paths.ts';
import { RunError } from './run/runError.ts';
import { type RunState, type ShotState, shotLabel, type TakeState } from './run/state.ts';
import { takesBasis } from './takes.ts';
import { recognise, takeOf } from './tokenPlan.ts';

/** A film as a call asks for it: the state in which it begins, and what is to be done. */
export interface PreparedFilm {
  readonly state: RunState;
  readonly plan: FilmPlan;
  readonly inserted: ReadonlySet<string>;
  /** Pictures that are copied between `takes/` and `keyframes/` before anything is made: paths below the folder. */
  readonly restored: readonly { readonly from: string; readonly to: string; readonly sha256: string }[];
  /** Shots that the script has no longer; their files go. */
  readonly removed: readonly ShotState[];
  /** Notices for the user before anything is made. */
  readonly notices: readonly string[];
}

/**
 * Finds the shots of the folder again in the script, applies the options and plans. Pure: nothing is read or written.
 * @param state what the folder has
 * @param today YYYY-MM-DD
 */
export function prepareFilm(
  script: Script,
  state: RunState,
  read: FilmFacts,
  options: DreamOptions,
  today: string,
): PreparedFilm {
  const seed = options.seed ?? state.seed;
  const known = recognise(state.shots, script, read, seed);
  const { shots, inserted, removed, moved } = matchShots(known, script);
  checkOwnKeyframes(script, shots, options);
  const kept = shots.map((shot) => withFiles(shot, read.files));
  const asked = applyOptions({ ...state, shots: kept, weights: read.weights }, options, today);
  const restored = [...lostTakes(kept, read.files), ...restoredTakes(asked.shots, read.files)];
  const facts = {
    ...read,
    files: new Map([...read.files, ...restored.map(({ to, sha256 }) => [to, sha256] as const)]),
  };
  const isNew = new Set(known.length === 0 ? [] : inserted);
  const only = idsOf('shots', options.shots, asked.shots);
  const settle = (next: RunState): FilmPlan =>
    plan(script, next, facts, {
      ...{ last: options.stage ?? 'movie', inserted: isNew, keepLater: options.keepLater },
      only: only && new Set(only),
    });
  let next = asked;
  let planned = settle(next);
  const notices: string[] = [];
  if (options.repair) {
    const before = next;
    next = withTakes(next, facts);
    planned = settle(next);
    for (let i = 0; i < 2; i++) {
      next = adopted(next, planned, facts);
      planned = settle(next);
    }
    notices.push(repairNotice(before, next));
  }
  const held = new Map(planned.tokens.map(({ id, isHeld, key }) => [id, isHeld ? key : undefined]));
  next = {
    ...next,
    shots: next.shots.map(({ held: _, ...shot }) => ({
      ...withTakesOf(shot, planned),
      held: held.get(shot.id),
    })),
  };
  checkChosen(next.shots, options);
  if (known.length > 0)
    notices.push(...changeNotices(next.shots, planned, { inserted: isNew, removed, moved }));
  return { state: next, plan: planned, inserted: isNew, restored, removed, notices };
}

/** Users' own pictures have no takes. */
function checkOwnKeyframes(script: Script, shots: readonly ShotState[], options: DreamOptions): void {
  const { reroll, choose } = options;
  for (const [name, named] of Object.entries({ reroll, choose: choose?.map(({ shot }) => shot) })) {
    for (const id of idsOf(name, named, shots) ?? []) {
      const index = shots.findIndex((shot) => shot.id === id);
      if (script.shots[index]?.keyframe === undefined) continue;
      throw new RunError(
        `${name}: shot ${index + 1} has a picture of its own, ${script.shots[index].keyframe}, which nothing replaces; leave ` +
          'the shot out, or take `keyframe` out of the script',
      );
    }
  }
}

/** Keyframes whose take has gone from `takes/`. */
function lostTakes(
  shots: readonly ShotState[],
  files: ReadonlyMap<string, string>,
): PreparedFilm['restored'] {
  return shots.flatMap(({ id, take, takes = [] }) => {
    const sha256 = takes.find((one) => one.take === take)?.keyframe.sha256;
    const [from, to] = [keyframePath(id), takePath(id, take)];
    const isToRestore = sha256 && files.get(to) !== sha256 && files.get(from) === sha256;
    return isToRestore ? [{ from, to, sha256 }] : [];
  });
}

/** Keyframes that are to show a take that lies beside them: it was chosen now, or a run was killed before it was copied. */
function restoredTakes(
  shots: readonly ShotState[],
  files: ReadonlyMap<string, string>,
): PreparedFilm['restored'] {
  return shots.flatMap(({ id, take, takes = [], keyframe }) => {
    const sha256 = keyframe?.sha256;
    const kept = takes.find((one) => one.take === take && one.keyframe.sha256 === sha256);
    const [from, to] = [takePath(id, take), keyframePath(id)];
    const isToRestore = kept && sha256 && files.get(to) !== sha256 && files.get(from) === sha256;
    return isToRestore ? [{ from, to, sha256 }] : [];
  });
}

/** A shot with those of its takes whose pictures are there as they were made, be it as the keyframe that the film shows. */
function withFiles({ takes, ...shot }: ShotState, files: ReadonlyMap<string, string>): ShotState {
  const isThere = ({ take, keyframe: { sha256 } }: TakeState): boolean =>
    files.get(takePath(shot.id, take)) === sha256 ||
    (take === shot.take && files.get(keyframePath(shot.id)) === sha256);
  const left = takes?.filter(isThere) ?? [];
  return left.length > 0 ? { ...shot, takes: left } : shot;
}

/** A take that was chosen must be of what the film is made from now: else another picture than the chosen one would be made. */
function checkChosen(shots: readonly ShotState[], { choose = [] }: DreamOptions): void {
  for (const { shot, take } of choose) {
    const [id] = idsOf('choose', [shot], shots) as [string];
    const own = shots.find((one) => one.id === id);
    if (take === 'auto' || own?.takes?.some((one) => one.take === take - 1)) continue;
    throw new RunError(
      `choose: take ${take} of shot ${shot} is of another text, other settings or other models than the film has now; ` +
        'undo the change, or leave the shot out and make new takes with --takes',
    );
  }
}

/** The shot with those of its takes that are of its present text, settings and models. */
function withTakesOf({ takes, ...shot }: ShotState, { jobs, tokens }: FilmPlan): ShotState {
  const job = jobs.find(({ kind, shot: id }) => kind === 'keyframe' && id === shot.id);
  const step = tokens.find(({ id }) => id === shot.id);
  const kept = job && step ? takes?.filter(({ basis }) => basis === takesBasis(job, step)) : takes;
  return kept && kept.length > 0 ? { ...shot, takes: kept } : { ...shot, isChosen: undefined };
}

/** A state whose shots have at least the takes that their tokens have. */
function withTakes(state: RunState, { tokens }: FilmFacts): RunState {
  const takes = new Map(tokens.shots.map((entry) => [entry.id, takeOf(entry) ?? 0]));
  const shots = state.shots.map((shot) => ({ ...shot, take: Math.max(shot.take, takes.get(shot.id) ?? 0) }));
  return { ...state, shots };
}

/** A state that has files whose records are lost, as made from what the plan says. */
function adopted(state: RunState, { jobs }: FilmPlan, facts: FilmFacts): RunState {
  const found = new Map<string, Pick<ShotState, 'keyframe' | 'clip'>>();
  for (const { kind, shot, key, output } of jobs) {
    const sha256 = facts.files.get(output);
    if ((kind !== 'keyframe' && kind !== 'clip') || key === null || sha256 === undefined) continue;
    found.set(shot as string, { ...found.get(shot as string), [kind]: { key, sha256 } });
  }
  return { ...state, shots: state.shots.map((shot) => ({ ...found.get(shot.id), ...shot })) };
}

function repairNotice(before: RunState, after: RunState): string {
  const count = ({ shots }: RunState, part: 'keyframe' | 'clip'): number =>
    shots.filter((shot) => shot[part] !== undefined).length;
  const [keyframes, clips] = (['keyframe', 'clip'] as const).map(
    (part) => count(after, part) - count(before, part),
  );
  return (
    `repair: ${keyframes} keyframes and ${clips} clips that lie in the folder count as made from this script; what run.json ` +
    'said of takes and settings may be lost. The damaged one is kept as run.damaged.json'
  );
}

interface ScriptChanges {
  readonly inserted: ReadonlySet<string>;
  readonly removed: readonly ShotState[];
  readonly moved: readonly string[];
}

function changeNotices(
  shots: readonly ShotState[],
  { tokens, jobs }: FilmPlan,
  { inserted, removed, moved }: ScriptChanges,
): string[] {
  const places = new Map(shots.map(({ id }, i) => [id, i + 1]));
  const named = (ids: readonly string[]): string =>
    ids
      .map((id) => {
        const label = shotLabel(shots.find((shot) => shot.id === id) as ShotState);
        return label === `${places.get(id)}` ? label : `${places.get(id)} (id ${label})`;
      })
      .join(', ');
  const notices: string[] = [];
  if (inserted.size > 0)
    notices.push(`new in the script: ${shotsOf([...inserted].length)} ${named([...inserted])}`);
  if (removed.length > 0)
    notices.push(
      `no longer in the script: the former ${shotsOf(removed.length)} ${removed.map(shotLabel).join(', ')}`,
    );
  if (moved.length > 0) notices.push(`moved in the script: now ${shotsOf(moved.length)} ${named(moved)}`);
  const held = tokens.filter(({ isHeld }) => isHeld).map(({ id }) => id);
  if (held.length > 0) {
    notices.push(
      `${shotsOf(held.length)} ${named(held)}: tokens kept, though shots before have changed (--keep-later; ` +
        '--no-keep-later makes them again)',
    );
  }
  const follow = jobs.filter(
    ({ kind, reason }) => kind === 'tokens' && reason === 'shots before it have changed',
  );
  if (follow.length > 0) {
    notices.push(
      `${shotsOf(follow.length)} ${named(follow.map(({ shot }) => shot as string))}: made again, because they follow from the shots ` +
        'before; --keep-later keeps them as they are',
    );
  }
  return notices;
}

const shotsOf = (count: number): string => (count === 1 ? 'shot' : 'shots');
