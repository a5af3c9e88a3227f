import { copyFile, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pump } from '../../base/pump.ts';
import { keyOf, keyOfArrays } from '../../files/index.ts';
import { readImage } from '../../media/index.ts';
import { PeopleChecker } from '../checks/peopleChecker.ts';
import type { DreamEvent } from '../events.ts';
import { bind, type Job } from '../jobs.ts';
import { plan } from '../plan.ts';
import { keyframePath, takePath } from '../run/paths.ts';
import type { ShotCheck, ShotState, TakeState } from '../run/state.ts';
import { type ShotTokens, shownTokens } from '../run/tokenFile.ts';
import { bestTake, nextTake, shown, takesBasis } from '../takes.ts';
import { showTake, type TokenStep } from '../tokenPlan.ts';
import { type FilmRun, jobsOf, shotOf } from './filmRun.ts';
import { type KeyframeMakers, makeKeyframe } from './makeKeyframe.ts';
import { drawTakes, showTakes } from './tokens.ts';

/** A take that is to be made. */
interface Todo {
  readonly index: number;
  readonly take: number;
}

/**
 * Makes keyframes that fail their check again, with other draws, until one passes or there are `most` of them, and shows the
 * best. Later shots depend on no picture, and go on from the first take's tokens, so that nothing else of the film changes.
 * Every take stays in `takes/` and in run.json. Gives the tokens with the takes that are shown.
 */
export async function* takesStage(
  run: FilmRun,
  tokens: ReadonlyMap<string, ShotTokens>,
  most: number,
): AsyncGenerator<DreamEvent, ReadonlyMap<string, ShotTokens>, void> {
  await keepShown(run);
  if (most === 1) return tokens;
  const jobs = jobsOf(run, 'keyframe').filter((job) => {
    const { index, state } = shotOf(run, job);
    return state.isChosen !== true && run.script.shots[index]?.keyframe === undefined;
  });
  const wanted = new Map<number, number[]>();
  for (const job of jobs) {
    const { index, state } = shotOf(run, job);
    const missing = isFailing(state) ? most - Math.max(1, state.takes?.length ?? 0) : 0;
    if (missing > 0)
      wanted.set(
        index,
        Array.from({ length: missing }, (_, i) => nextTake(state) + i),
      );
  }
  const unseen = jobs.flatMap((job) => {
    const { index, state } = shotOf(run, job);
    return (state.takes ?? []).flatMap(({ take, check }) => (check ? [] : [{ index, take }]));
  });
  let drawn = tokens;
  if (unseen.length > 0) yield* look(run, unseen);
  if (wanted.size > 0) {
    for (const index of wanted.keys()) await keep(run, index);
    drawn = yield* drawTakes(run, tokens, wanted);
    yield* makeTakes(run, drawn, wanted);
  }
  yield* choose(run, jobs);
  return showTakes(run, drawn);
}

/** Whether a shot's keyframe was looked at, and no take of it passes. */
function isFailing({ checks, keyframe, takes = [] }: ShotState): boolean {
  const own = checks?.keyframe;
  if (own === undefined || own.of !== keyframe?.sha256 || own.passes) return false;
  return !takes.some(({ check }) => check?.passes);
}

/** Adds the keyframes that are shown to the takes of their shots, where there are takes: a reroll, for example. */
async function keepShown(run: FilmRun): Promise<void> {
  for (const job of jobsOf(run, 'keyframe')) {
    const { index, state } = shotOf(run, job);
    if (state.takes && !state.takes.some(({ take }) => take === state.take)) await keep(run, index);
  }
}

/** Copies a shot's keyframe to its takes. */
async function keep({ folder, plan: { jobs, tokens } }: FilmRun, index: number): Promise<void> {
  const state = folder.state.shots[index] as ShotState;
  const { keyframe, take, takes = [], checks } = state;
  if (!keyframe || takes.some((one) => one.take === take)) return;
  const job = jobs.find(({ kind, shot }) => kind === 'keyframe' && shot === state.id) as Job;
  const path = join(folder.path, takePath(state.id, take));
  await mkdir(dirname(path), { recursive: true });
  await copyFile(folder.keyframe(index), path);
  const check = checks?.keyframe?.of === keyframe.sha256 ? checks.keyframe : undefined;
  const own = { take, basis: takesBasis(job, tokens[index] as TokenStep), keyframe, check };
  state.takes = [...takes, own].sort((a, b) => a.take - b.take);
  await folder.save();
}

/**
 * Makes the takes in rounds, one of each shot that still fails. Where memory is planned, either who makes them or who looks at
 * them is in it.
 */
async function* makeTakes(
  run: FilmRun,
  tokens: ReadonlyMap<string, ShotTokens>,
  wanted: ReadonlyMap<number, readonly number[]>,
): AsyncGenerator<DreamEvent, void, void> {
  await using maker = run.isPlanned ? undefined : run.makers.keyframe;
  await using guide = run.isPlanned ? undefined : run.makers.guide;
  await using checker = run.isPlanned ? undefined : await PeopleChecker.open(run.models, run.script);
  const rounds = Math.max(...[...wanted.values()].map(({ length }) => length));
  for (let round = 0; round < rounds; round++) {
    const todo = [...wanted].flatMap(([index, takes]): Todo[] => {
      const take = takes[round];
      return take !== undefined && isFailing(run.folder.state.shots[index] as ShotState)
        ? [{ index, take }]
        : [];
    });
    if (todo.length === 0) return;
    if (maker) yield* makeRound(run, tokens, todo, { maker, guide });
    else {
      await using own = run.makers.keyframe;
      await using ownGuide = run.makers.guide;
      yield* makeRound(run, tokens, todo, { maker: own, guide: ownGuide });
    }
    yield* look(run, todo, checker);
  }
}

async function* makeRound(
  run: FilmRun,
  tokens: ReadonlyMap<string, ShotTokens>,
  todo: readonly Todo[],
  makers: KeyframeMakers,
): AsyncGenerator<DreamEvent, void, void> {
  for (const one of todo) {
    const own = tokensOf(run, tokens, one);
    const job = takeJob(run, one, own);
    const basis = takesBasis(job, run.plan.tokens[one.index] as TokenStep);
    yield* pump<DreamEvent>(run.signal, async (emit, signal) => {
      const provenance = await makeKeyframe(run, job, { number: one.take, tokens: own }, makers, {
        emit,
        signal,
      });
      await run.folder.finishTake(job, { take: one.take, basis }, provenance);
    });
  }
}

/** The tokens that a take shows. */
function tokensOf(
  run: FilmRun,
  tokens: ReadonlyMap<string, ShotTokens>,
  { index, take }: Todo,
): readonly Float32Array[] {
  const step = run.plan.tokens[index] as TokenStep;
  return shownTokens(showTake(tokens.get(step.id) as ShotTokens, step, take));
}

/** The job of a take: that of the shot's keyframe, if the take were shown, to another path. */
function takeJob(run: FilmRun, { index, take }: Todo, tokens: readonly Float32Array[]): Job {
  const { script, folder, facts } = run;
  const shots = folder.state.shots.map((shot, i) => (i === index ? { ...shot, take } : shot));
  const { id } = shots[index] as ShotState;
  const { jobs } = plan(script, { ...folder.state, shots }, facts, {
    ...{ last: 'keyframes', only: new Set([id]), inserted: run.inserted },
  });
  const job = jobs.find(({ kind, shot }) => kind === 'keyframe' && shot === id) as Job;
  return { ...bind(job, { tokens: keyOfArrays(tokens) }), output: takePath(id, take) };
}

/** Looks who is in takes. */
async function* look(
  run: FilmRun,
  todo: readonly Todo[],
  given?: PeopleChecker,
): AsyncGenerator<DreamEvent, void, void> {
  const { folder, script, models } = run;
  await using own = given ? undefined : await PeopleChecker.open(models, script);
  const checker = given ?? own;
  if (!checker) return;
  for (const { index, take } of todo) {
    run.signal?.throwIfAborted();
    const state = folder.state.shots[index] as ShotState;
    const own = state.takes?.find((one) => one.take === take) as TakeState;
    const path = join(folder.path, takePath(state.id, take));
    const picture = await checker.check(await readImage(path), index, 0);
    const expected = script.shots[index]?.characters.map(({ id }) => id);
    const { sha256 } = own.keyframe;
    const check: ShotCheck = {
      ...{ key: keyOf(checker.key, sha256, expected), of: sha256 },
      ...{ passes: picture.passes, pictures: [picture] },
    };
    state.takes = state.takes?.map((one) => (one === own ? { ...own, check } : one));
    await folder.save();
    const { named } = shotOf(run, { number: index + 1 } as Job);
    yield { type: 'take', ...named, take: take + 1, path, passes: picture.passes, picture };
  }
}

/** Shows the best take of every shot that has several. The record comes first: a run that is killed then copies the picture. */
async function* choose(run: FilmRun, jobs: readonly Job[]): AsyncGenerator<DreamEvent, void, void> {
  const { folder } = run;
  for (const job of jobs) {
    const { index, state, named } = shotOf(run, job);
    const takes = state.takes ?? [];
    const best = bestTake(takes);
    if (!best) continue;
    if (best.take !== state.take) {
      folder.state.shots[index] = shown(state, best);
      await folder.save();
      const to = keyframePath(state.id);
      await folder.restore([{ from: takePath(state.id, best.take), to }]);
    }
    const passes = best.check?.passes === true;
    yield {
      type: 'choice',
      ...named,
      take: best.take + 1,
      takes: takes.length,
      passes,
      path: folder.keyframe(index),
    };
  }
}
