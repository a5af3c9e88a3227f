import { keyOf, keyOfArrays } from '../files/index.ts';
import type { ClipSettings, RenderSettings } from '../inference/index.ts';
import { roles } from '../presets/index.ts';
import { characterOf, clipKey, type Script, shotKey } from '../script/index.ts';
import { changes } from './changes.ts';
import { clipEncoding, engineId, engineKey } from './engineKey.ts';
import { type DreamStage, dreamStages } from './events.ts';
import type { FilmFacts } from './facts.ts';
import { type Job, type JobInputs, type JobKind, keyOfInputs, makerInputs, shotInKeys } from './jobs.ts';
import type { Capabilities } from './makers.ts';
import { referencedIn, shotPrompt } from './prompt.ts';
import { clipPath, keyframePath, moviePath, tokensPath } from './run/paths.ts';
import type { Finished, RunSettings, RunState, ShotState } from './run/state.ts';
import { type ShotTokens, shownTokens } from './run/tokenFile.ts';
import { takeDraws } from './takeDraws.ts';
import { baseOf, baseRecord, planTokens, storedTokens, type TokenStep } from './tokenPlan.ts';
import { withoutUndefined } from './withoutUndefined.ts';

export interface PlanOptions {
  /** The last stage to plan. */
  readonly last: DreamStage;
  /** Ids of the shots to work on, whose pictures and clips are made anew; all that need it by default. */
  readonly only?: ReadonlySet<string> | undefined;
  /** Ids of shots that were not there before. */
  readonly inserted?: ReadonlySet<string> | undefined;
  /** See `DreamOptions.keepLater`. */
  readonly keepLater?: boolean | undefined;
}

/** Everything that a film needs, in the order in which it is made. */
export interface FilmPlan {
  readonly jobs: readonly Job[];
  /** What is to be done for the tokens of every shot of the script. */
  readonly tokens: readonly TokenStep[];
  /** Tokens that the folder has, those of earlier versions completed. */
  readonly storedTokens: readonly ShotTokens[];
  /** The hash of what all tokens are made from, and the record of it, for their file. */
  readonly tokenBase: string;
  readonly tokenRecord: JobInputs;
}

/**
 * Works out every job of a film: its settings, its key, whether it has to be done, and why. Pure: what models and files
 * are is an input. Settings and keys are worked out nowhere else.
 * @param state with one entry for every shot of the script
 */
export function plan(script: Script, state: RunState, facts: FilmFacts, options: PlanOptions): FilmPlan {
  const { last, only, inserted = new Set(), keepLater } = options;
  const all = planTokens(script, state, facts, { inserted, keepLater });
  const scope = [...state.shots.keys()].filter((i) => !only || only.has(state.shots[i]?.id as string));
  const until = Math.max(-1, ...scope) + 1;
  const film: Film = { script, state, facts, inserted, isForced: only !== undefined };
  const tokens = all.slice(0, until).map((step, i) => tokensJob(film, i, step, all[i - 1]?.id));
  const jobs: Job[] = [...tokens];
  const isAsked = (stage: DreamStage): boolean => dreamStages.indexOf(stage) <= dreamStages.indexOf(last);
  const keyframes = new Map<number, Job>();
  if (isAsked('keyframes')) for (const i of scope) keyframes.set(i, keyframeJob(film, i, all, keyframes));
  jobs.push(...keyframes.values());
  const clips = isAsked('clips') ? scope.map((i) => clipJob(film, i, keyframes)) : [];
  jobs.push(...clips);
  if (isAsked('movie')) jobs.push(movieJob(film, clips));
  const tokenBase = baseOf(facts.tokenInputs, state.seed);
  return {
    ...{ jobs, tokens: all, tokenBase },
    storedTokens: storedTokens(script, facts, state.seed),
    tokenRecord: baseRecord(facts.tokenInputs, state.seed),
  };
}

interface Film {
  readonly script: Script;
  readonly state: RunState;
  readonly facts: FilmFacts;
  readonly inserted: ReadonlySet<string>;
  /** Whether pictures and clips are made anew whether or not they need it. */
  readonly isForced: boolean;
}

/** What was asked for a shot: for the film, then for the shot alone. */
const askedFor = ({ state }: Film, shot: ShotState): RunSettings => ({ ...state.settings, ...shot.settings });

/** How a keyframe is sampled: the preset's settings, changed as asked. */
function keyframeSettings(film: Film, shot: ShotState): RenderSettings {
  const { steps, guidance, sampler } = askedFor(film, shot);
  return { ...film.facts.settings.keyframe, ...withoutUndefined({ steps, guidance, sampler }) };
}

function clipSettings(film: Film, shot: ShotState): ClipSettings {
  const { clipSteps: steps, anchor } = askedFor(film, shot);
  return { ...film.facts.settings.clip, ...withoutUndefined({ steps, anchor }) };
}

const idOf = (kind: JobKind, shot: string): string => `${kind}:${shot}`;

function tokensJob(film: Film, i: number, step: TokenStep, before: string | undefined): Job {
  const reason = step.reason ?? null;
  return {
    ...{ id: idOf('tokens', step.id), kind: 'tokens', shot: step.id, number: i + 1 },
    needs: before === undefined ? [] : [idOf('tokens', before)],
    roles: [...roles.tokens, ...(readsPictures(film.script, i) ? roles.references : [])],
    settings: film.facts.tokenInputs.settings,
    inputs: step.inputs,
    key: step.takeKey ?? step.key,
    output: tokensPath,
    status: reason === null ? 'reuse' : 'make',
    reason,
  };
}

/** Whether tokens are made from pictures: references, or the shot's own keyframe. */
const readsPictures = ({ references, shots }: Script, i: number): boolean =>
  references.length > 0 || shots[i]?.keyframe !== undefined;

/** The hash of the keyframe at a place, from 0, that another job is made from; null where it is known only when it is made. */
function pictureKey({ state, facts }: Film, i: number, keyframes: ReadonlyMap<number, Job>): string | null {
  const { id, keyframe } = state.shots[i] as ShotState;
  const job = keyframes.get(i);
  if (job) return job.status === 'reuse' ? (keyframe?.sha256 ?? null) : null;
  return facts.files.get(keyframePath(id)) ?? null;
}

function keyframeJob(
  film: Film,
  i: number,
  steps: readonly TokenStep[],
  earlier: ReadonlyMap<number, Job>,
): Job {
  const { script, state, facts } = film;
  const shot = state.shots[i] as ShotState;
  const settings = keyframeSettings(film, shot);
  const { takes, sees } = facts.makers.keyframe;
  if (script.shots[i]?.keyframe !== undefined) return ownKeyframe(film, i, settings);
  const tokens = keyOfTokens(sees === 'film' ? steps : steps.slice(i, i + 1));
  if (takes) return externalKeyframe(film, i, { takes, settings, tokens, earlier });
  const inputsOf = (weights?: JobInputs): JobInputs => ({
    ...makerInputs(facts.makers.keyframe),
    ...(weights ? { weights } : {}),
    tokens,
    script: sees === 'film' ? filmKey(script) : shotKey(script, i),
    settings,
    ...{ seed: state.seed, shot: shotInKeys(shot.id), take: shot.take },
    ...(shot.take > 0 ? { draws: takeDraws } : {}),
  });
  const parts = {
    needs: sees === 'film' ? allTokens(state) : [idOf('tokens', shot.id)],
    roles: roles.keyframe,
    settings,
    output: keyframePath(shot.id),
  };
  const { keyframe: weights } = facts.formerWeights;
  const former = [
    ...(weights ? [keyOfInputs(inputsOf(weights)), keyOfInputs(withoutDraws(inputsOf(weights)))] : []),
    keyOfInputs(withoutDraws(inputsOf())),
  ];
  return shotJob(film, i, 'keyframe', { ...parts, inputs: inputsOf(), former, finished: shot.keyframe });
}

/** A picture of the user's own, cut to the film's size. */
function ownKeyframe({ script, ...film }: Film, i: number, settings: RenderSettings): Job {
  const shot = film.state.shots[i] as ShotState;
  const picture = script.pictures.get(script.shots[i]?.keyframe as string);
  const inputs = { maker: 'own picture 1', picture, size: [settings.width, settings.height] };
  return shotJob({ script, ...film }, i, 'keyframe', {
    ...{ inputs, settings, needs: [], roles: [], output: keyframePath(shot.id) },
    ...{ former: [], finished: shot.keyframe },
  });
}

/** Earlier versions drew takes in another way, which they did not note. */
const withoutDraws = ({ draws: _, ...inputs }: JobInputs): JobInputs => inputs;

/** The hash of all shots, for keyframes that depend on all. */
const filmKey = (script: Script): string => keyOf(script.shots.map((_, i) => clipKey(script, i)));
const allTokens = ({ shots }: RunState): string[] => shots.map(({ id }) => idOf('tokens', id));

/** The hash of the tokens that keyframes are made from; null while they are not all known. */
function keyOfTokens(steps: readonly TokenStep[]): string | null {
  const known = steps.flatMap(({ reason, known }) => (reason === undefined && known ? [known] : []));
  return known.length === steps.length ? keyOfArrays(known.flatMap(shownTokens)) : null;
}

/** A keyframe of a model elsewhere: made from words and portraits, and from our own picture where that is its guide. */
function externalKeyframe(
  film: Film,
  i: number,
  parts: {
    takes: Capabilities;
    settings: RenderSettings;
    tokens: string | null;
    earlier: ReadonlyMap<number, Job>;
  },
): Job {
  const { script, state, facts } = film;
  const { takes, settings, tokens, earlier } = parts;
  const seesFilm = facts.makers.keyframe.sees === 'film';
  const shot = state.shots[i] as ShotState;
  const { width, height } = settings;
  const guide = facts.guide && { guide: makerInputs(facts.guide), tokens, settings };
  const before = takes.before && i > 0 ? idOf('keyframe', (state.shots[i - 1] as ShotState).id) : undefined;
  const faces = referencedIn(script, i, takes.references).map((id) => characterOf(script, id).face);
  const inputs = {
    ...makerInputs(facts.makers.keyframe),
    prompt: shotPrompt(script, i, takes.references),
    references: faces.map((face) => script.pictures.get(face)),
    ...(guide ? { ...guide, script: shotKey(script, i) } : { size: [width, height] }),
    ...(seesFilm ? { film: filmKey(script), tokens } : {}),
    ...(before === undefined ? {} : { before: pictureKey(film, i - 1, earlier) }),
    ...{ seed: state.seed, shot: shotInKeys(shot.id), take: shot.take },
  };
  return shotJob(film, i, 'keyframe', {
    ...{
      inputs,
      settings,
      needs: [
        ...(seesFilm ? allTokens(state) : guide ? [idOf('tokens', shot.id)] : []),
        ...(before === undefined ? [] : [before]),
      ],
      roles: guide ? roles.keyframe : [],
    },
    ...{ output: keyframePath(shot.id), former: [], finished: shot.keyframe },
  });
}

function clipJob(film: Film, i: number, keyframes: ReadonlyMap<number, Job>): Job {
  const { script, state, facts } = film;
  const shot = state.shots[i] as ShotState;
  const keyframe = keyframes.get(i) as Job;
  const after = facts.makers.clip.takes?.lastFrame ? state.shots[i + 1] : undefined;
  const settings = clipSettings(film, shot);
  const { takes } = facts.makers.clip;
  const inputsOf = (former?: { readonly weights: JobInputs }): JobInputs => ({
    ...makerInputs(facts.makers.clip),
    ...former,
    keyframe: keyframe.status === 'reuse' ? (shot.keyframe?.sha256 ?? null) : null,
    ...(after ? { next: pictureKey(film, i + 1, keyframes) } : {}),
    seconds: script.shots[i]?.seconds,
    ...(takes ? { prompt: shotPrompt(script, i, 0), fps: settings.movieFps } : { settings }),
    ...{ seed: state.seed, shot: shotInKeys(shot.id), take: shot.take },
    ...(former ? {} : { encoding: clipEncoding }),
  });
  const parts = {
    needs: [keyframe.id, ...(after ? [idOf('keyframe', after.id)] : [])],
    roles: takes ? [] : roles.clip,
    settings,
    output: clipPath(shot.id),
  };
  const weights = facts.formerWeights.clip ?? (facts.makers.clip.options.weights as JobInputs);
  const former = facts.makers.clip.id === engineId ? [keyOfInputs(inputsOf({ weights }))] : [];
  return shotJob(film, i, 'clip', { ...parts, inputs: inputsOf(), former, finished: shot.clip });
}

interface ShotJobParts extends Pick<Job, 'needs' | 'roles' | 'settings' | 'inputs' | 'output'> {
  /** Keys that earlier versions would have given, where those are others: what they made stays. */
  readonly former: readonly (string | null)[];
  readonly finished: Finished | undefined;
}

function shotJob(film: Film, i: number, kind: 'keyframe' | 'clip', parts: ShotJobParts): Job {
  const { former, finished, ...rest } = parts;
  const { id } = film.state.shots[i] as ShotState;
  const job: Job = {
    ...{ id: idOf(kind, id), kind, shot: id, number: i + 1, ...rest },
    key: keyOfInputs(rest.inputs),
    ...{ status: 'reuse', reason: null },
  };
  if (finished && former.includes(finished.key) && film.facts.files.get(job.output) === finished.sha256) {
    return film.isForced ? { ...job, status: 'make', reason: 'asked for' } : job;
  }
  return judged(job, finished, film.facts.files.get(job.output), film);
}

/**
 * A job with its status and reason.
 * @param finished what was recorded when its result was made
 * @param file SHA-256 of its output as it is now; undefined where there is none
 */
export function judged(
  job: Job,
  finished: Finished | undefined,
  file: string | undefined,
  { inserted, isForced }: Pick<Film, 'inserted' | 'isForced'>,
): Job {
  const make = (reason: string): Job => ({ ...job, status: 'make', reason });
  if (job.shot !== null && inserted.has(job.shot) && !finished) return make('new shot');
  if (!finished) return make('not made yet');
  if (isForced && job.kind !== 'movie') return make('asked for');
  if (file === undefined) return make('its file is missing');
  if (file !== finished.sha256) return make('its file was changed');
  if (job.key === null) {
    const needs = job.needs.map((need) => need.replace(':', ' ')).join(', ');
    return { ...job, status: 'unknown', reason: `depends on ${needs}` };
  }
  if (job.key === finished.key) return { ...job, status: 'reuse', reason: null };
  return make(changes(finished.inputs, job.inputs));
}

function movieJob(film: Film, clips: readonly Job[]): Job {
  const { script, state, facts } = film;
  const shas = state.shots.map(({ clip }) => clip?.sha256);
  const isKnown = clips.every(({ status }) => status === 'reuse') && shas.every((sha) => sha !== undefined);
  const cut = script.cut && { cut: script.cut };
  const inputs = { maker: engineKey, clips: isKnown ? shas : null, ...cut };
  const job: Job = {
    ...{ id: 'movie', kind: 'movie', shot: null, number: null, roles: [], settings: null, inputs },
    needs: clips.filter(({ status }) => status !== 'reuse').map(({ id }) => id),
    key: keyOfInputs(inputs),
    output: moviePath,
    ...{ status: 'reuse', reason: null },
  };
  return judged(job, state.movie, facts.files.get(moviePath), film);
}
