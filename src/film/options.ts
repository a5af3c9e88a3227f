import type { Script } from '../script/index.ts';
import type { DreamStage, SettingInEffect } from './events.ts';
import type { FilmFacts } from './facts.ts';
import { RunError } from './run/runError.ts';
import {
  type RunSettings,
  type RunState,
  type SettingDates,
  type SettingName,
  type ShotState,
  settingNames,
  shotLabel,
} from './run/state.ts';
import { mostTakes } from './takeDraws.ts';
import { bestTake, nextTake, shown } from './takes.ts';
import { withoutUndefined } from './withoutUndefined.ts';

/** A take of a shot. */
export interface TakeChoice {
  /** Which shot. */
  readonly shot: ShotReference;
  /** From 1; 'auto': the best by the checks. */
  readonly take: number | 'auto';
}

/** A shot by its place in the script, from 1, or by its id. */
export type ShotReference = number | string;

/**
 * What is left out is as the run folder has it from an earlier run: so the same command without `--seed` does not make
 * another film. A fresh folder begins with seed 0 and the preset's settings.
 */
export interface DreamOptions extends RunSettings {
  /** The run folder. */
  readonly out: string;
  /** An integer from 0 to 2^53 - 1. */
  readonly seed?: number;
  /** The last stage to do; 'movie', the whole way, by default. */
  readonly stage?: DreamStage;
  /**
   * Works on these shots only and renders them anew; the others stay as they are. Settings that are given along hold for
   * these shots alone, and stay theirs.
   */
  readonly shots?: readonly ShotReference[];
  /** Makes another take of these shots: tokens, and what else the script leaves open, are drawn anew. The other shots stay as they are. */
  readonly reroll?: readonly ShotReference[];
  /**
   * Most takes of a keyframe, from 1 to 16: one that fails its check is made again so often, until one passes, and the best is
   * shown. All are kept. Default 1.
   */
  readonly takes?: number;
  /** Takes to show, from 1 as the storyboard numbers them; 'auto': the best of them again. A take that is chosen stays until another is. */
  readonly choose?: readonly TakeChoice[];
  /**
   * Where a shot was inserted, removed, moved or changed: true keeps the tokens of the shots after it, and so their
   * pictures, although they were made after another story; false makes them again. By default they are made again, except
   * those that an earlier run was told to keep.
   */
  readonly keepLater?: boolean;
  /** Goes back to the preset's settings, before those that are given along; with `shots` only for these. */
  readonly resetSettings?: boolean;
  /** Takes over a folder that holds the film of another script. Its seed stays. */
  readonly force?: boolean;
  /** Takes over a folder whose run.json is damaged: what can be read of it, and the pictures and clips that are there. */
  readonly repair?: boolean;
  /** Attaches the picture so far to the previews of keyframes; costs one decoding a step. */
  readonly previews?: boolean;
  /**
   * The most that requests to models elsewhere may cost, with all that the folder's ledger has already; in the currency of
   * their prices. Default: no limit.
   */
  readonly budget?: number;
  /**
   * Forgets what was ordered for these shots and has not come, or was refused: they are ordered anew, and may be paid for
   * again.
   */
  readonly orderAgain?: readonly ShotReference[];
  /** Stops with the signal's reason; what is finished stays, and the same call goes on from there. */
  readonly signal?: AbortSignal;
}

/** @throws RunError for options that no film can be made with */
export function checkOptions(script: Script, options: DreamOptions): void {
  const { seed, shots, reroll, steps, clipSteps, guidance } = options;
  if (seed !== undefined && !(Number.isSafeInteger(seed) && seed >= 0)) {
    throw new RunError(`the seed must be a whole number from 0 to ${Number.MAX_SAFE_INTEGER}, got ${seed}`);
  }
  const choose = options.choose?.map(({ shot }) => shot);
  for (const [name, list] of Object.entries({ shots, reroll, orderAgain: options.orderAgain, choose })) {
    for (const shot of list ?? []) {
      const isPlace = Number.isInteger(shot) && Number(shot) >= 1 && Number(shot) <= script.shots.length;
      if (isPlace || typeof shot === 'string') continue;
      throw new RunError(
        `${name}: the script has the shots 1 to ${script.shots.length}, there is no shot ${shot}`,
      );
    }
    if (list?.length === 0) throw new RunError(`${name}: expected at least one shot, got none`);
  }
  for (const [name, value, least] of [
    ['steps', steps, 0],
    ['clipSteps', clipSteps, 1],
  ] as const) {
    if (value === undefined || (Number.isInteger(value) && value >= least)) continue;
    throw new RunError(`${name} must be a whole number from ${least}, got ${value}`);
  }
  checkTakes(options);
  if (guidance !== undefined && !(Number.isFinite(guidance) && guidance >= 0)) {
    throw new RunError(`guidance must be a number from 0, got ${guidance}`);
  }
}

function checkTakes({ takes, choose = [], stage }: DreamOptions): void {
  if (takes !== undefined && !(Number.isInteger(takes) && takes >= 1 && takes <= mostTakes))
    throw new RunError(`takes must be a whole number from 1 to ${mostTakes}, got ${takes}`);
  if (stage === 'tokens' && takes !== undefined && takes > 1)
    throw new RunError("takes: keyframes are checked, and stage 'tokens' makes none; leave one of them out");
  for (const { shot, take } of choose) {
    if (take !== 'auto' && !(Number.isInteger(take) && take >= 1))
      throw new RunError(`choose: a take is a whole number from 1, or 'auto'; got ${take} for shot ${shot}`);
  }
}

/**
 * Ids of shots that a caller names, in the order of the film.
 * @throws RunError where there is no such shot
 */
export function idsOf(
  name: string,
  references: readonly ShotReference[] | undefined,
  shots: readonly ShotState[],
): string[] | undefined {
  if (!references) return undefined;
  const places = references.map((reference) => {
    if (typeof reference === 'number') return reference - 1;
    const place = shots.findIndex((shot) => shotLabel(shot) === reference);
    if (place >= 0) return place;
    throw new RunError(
      `${name}: there is no shot with the id ${reference}; the film has ${shots.map(shotLabel).join(', ')}`,
    );
  });
  return [...new Set(places)].sort((a, b) => a - b).map((place) => (shots[place] as ShotState).id);
}

/**
 * The state in which a film is made: what the folder has, changed as asked. Pure.
 * @param today YYYY-MM-DD
 */
export function applyOptions(state: RunState, options: DreamOptions, today: string): RunState {
  const { seed, resetSettings = false } = options;
  const given = settingsOf(options);
  const only = idsOf('shots', options.shots, state.shots);
  const isBegun = state.preset !== '';
  if (only && seed !== undefined && isBegun && seed !== state.seed) {
    throw new RunError(
      `the film has the seed ${state.seed}, and all of its shots hang together by it; to give some shots another one use ` +
        '--reroll, for another film another --out folder',
    );
  }
  const merged = (old: Set): Set => {
    const before = resetSettings ? { settings: {} } : old;
    const dates = { ...before.settingDates, ...datesOf(given, before, today) };
    const settingDates = Object.keys(dates).length > 0 ? { settingDates: dates } : {};
    return { settings: { ...before.settings, ...given }, ...settingDates };
  };
  const reroll = idsOf('reroll', options.reroll, state.shots) ?? [];
  const isNew = reroll.length > 0 && reroll.join() !== state.rerolling?.join();
  const again = idsOf('orderAgain', options.orderAgain, state.shots) ?? [];
  const isForgotten = (job: string): boolean => again.includes(job.replace(/^\w+:/, ''));
  const left = Object.entries(state.orders ?? {}).filter(([job]) => !isForgotten(job));
  const { settings, settingDates, shots, rerolling, orders: _, ...rest } = state;
  return {
    ...rest,
    seed: seed ?? state.seed,
    ...(left.length > 0 ? { orders: Object.fromEntries(left) } : {}),
    ...(only ? withoutUndefined({ settings, settingDates }) : merged({ settings, settingDates })),
    shots: chosenTakes(shots, options).map(({ settings: own, settingDates: ownDates, ...shot }) => ({
      ...shot,
      ...(isNew && reroll.includes(shot.id) ? { take: nextTake(shot), isChosen: undefined } : {}),
      ...(only?.includes(shot.id)
        ? merged({ settings: own, settingDates: ownDates })
        : resetSettings && !only
          ? { settings: {} }
          : withoutUndefined({ settings: own, settingDates: ownDates })),
    })),
    ...(reroll.length > 0 ? { rerolling: reroll } : withoutUndefined({ rerolling })),
  } as RunState;
}

/** Shots with the takes that are to be shown. */
function chosenTakes(shots: readonly ShotState[], options: DreamOptions): ShotState[] {
  const chosen = choicesOf(shots, options);
  return shots.map((shot) => {
    const wanted = chosen.get(shot.id);
    if (wanted === undefined) return shot;
    const { takes = [] } = shot;
    if (wanted === 'auto') {
      const best = bestTake(takes);
      return { ...(best ? shown(shot, best) : shot), isChosen: undefined };
    }
    const found = takes.find(({ take }) => take === wanted - 1);
    if (found) return { ...shown(shot, found), isChosen: true };
    const numbers = takes.map(({ take }) => take + 1).join(', ');
    throw new RunError(
      `choose: shot ${shotLabel(shot)} has no take ${wanted}; ${numbers ? `there are ${numbers}` : 'it has one take only: --takes makes more of shots that fail their check, --reroll of any'}`,
    );
  });
}

/** The takes that are asked for, by the ids of their shots, however the caller names these. */
function choicesOf(shots: readonly ShotState[], options: DreamOptions): Map<string, TakeChoice['take']> {
  const chosen = new Map<string, TakeChoice['take']>();
  const only = idsOf('shots', options.shots, shots);
  const reroll = idsOf('reroll', options.reroll, shots);
  for (const { shot, take } of options.choose ?? []) {
    const [id] = idsOf('choose', [shot], shots) as [string];
    const before = chosen.get(id);
    if (before !== undefined && before !== take)
      throw new RunError(`choose: shot ${shot} can show one take only, got ${before} and ${take}`);
    if (reroll?.includes(id))
      throw new RunError(`shot ${shot}: either choose a take that is there, or reroll makes another one`);
    if (only && !only.includes(id))
      throw new RunError(`choose: shots leaves shot ${shot} out; add it there, or leave it out of choose`);
    chosen.set(id, take);
  }
  return chosen;
}

interface Set {
  readonly settings: RunSettings;
  readonly settingDates?: SettingDates | undefined;
}

const settingsOf = (options: DreamOptions): RunSettings =>
  withoutUndefined(Object.fromEntries(settingNames.map((name) => [name, options[name]])));

/** The days of settings that are given now; one that was the same before keeps its day. */
function datesOf(given: RunSettings, { settings }: Set, today: string): SettingDates {
  const names = Object.keys(given) as SettingName[];
  return Object.fromEntries(names.flatMap((name) => (settings[name] === given[name] ? [] : [[name, today]])));
}

/** The settings of a film that are not the preset's, and where they come from. */
export function settingsInEffect(
  state: RunState,
  options: DreamOptions,
  { settings }: Pick<FilmFacts, 'settings'>,
): SettingInEffect[] {
  const { steps, guidance, sampler = null } = settings.keyframe;
  const presets: Record<SettingName, unknown> = {
    ...{ steps, guidance, sampler, memory: null },
    clipSteps: settings.clip.steps ?? null,
    anchor: settings.clip.anchor,
  };
  const given = settingsOf(options);
  const only = idsOf('shots', options.shots, state.shots);
  const found: SettingInEffect[] = [];
  for (const name of settingNames) {
    const add = (own: Set, shots: readonly number[] | null, isGiven: boolean): void => {
      const value = own.settings[name];
      const isSame =
        shots === null ? value === presets[name] : value === (state.settings[name] ?? presets[name]);
      if (value === undefined || isSame) return;
      const from = isGiven && name in given ? 'this' : 'earlier';
      found.push({ name, value, preset: presets[name], shots, from, date: own.settingDates?.[name] ?? null });
    };
    add(state, null, !only);
    const groups = new Map<string, { own: Set; places: number[]; isGiven: boolean }>();
    for (const [i, { id, settings, settingDates }] of state.shots.entries()) {
      if (settings[name] === undefined) continue;
      const isGiven = only?.includes(id) ?? false;
      const key = JSON.stringify([settings[name], settingDates?.[name], isGiven]);
      const group = groups.get(key) ?? { own: { settings, settingDates }, places: [], isGiven };
      group.places.push(i + 1);
      groups.set(key, group);
    }
    for (const { own, places, isGiven } of groups.values()) add(own, places, isGiven);
  }
  return found;
}
