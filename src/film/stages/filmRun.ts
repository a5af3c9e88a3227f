import type { LeasedModels } from '../../inference/index.ts';
import type { Script } from '../../script/index.ts';
import { priceOf } from '../capabilities.ts';
import type { FilmFacts } from '../facts.ts';
import { bind, type Job, type JobInputs, type JobKind } from '../jobs.ts';
import type { KeyframeMaker, MakerIdentity, Makers, Order } from '../makers.ts';
import { type FilmPlan, judged } from '../plan.ts';
import { noOrder, orderOf } from '../run/orders.ts';
import type { RunFolder } from '../run/runFolder.ts';
import { type ShotState, shotLabel } from '../run/state.ts';

/** What the stages of one run share: what is to be done, where to, and by whom. */
export interface FilmRun {
  readonly script: Script;
  readonly folder: RunFolder;
  readonly plan: FilmPlan;
  readonly facts: FilmFacts;
  readonly models: LeasedModels;
  /** Whether memory is planned: then makers and checkers are in memory one after the other. */
  readonly isPlanned: boolean;
  readonly makers: Makers & { readonly guide: KeyframeMaker | undefined };
  /** The most that requests to models elsewhere may cost; undefined: no limit. */
  readonly budget: number | undefined;
  /** Ids of shots that were not there before. */
  readonly inserted: ReadonlySet<string>;
  /** Ids of the shots to work on; all by default. */
  readonly only: ReadonlySet<string> | undefined;
  readonly previews: boolean;
  readonly signal: AbortSignal | undefined;
}

export const jobsOf = ({ plan }: Pick<FilmRun, 'plan'>, kind: JobKind): Job[] =>
  plan.jobs.filter((job) => job.kind === kind);

/**
 * A job with the results that its plan had to leave open, and so with what is to be done.
 * @param results inputs by their names
 */
export function settled(run: FilmRun, job: Job, results: JobInputs): Job {
  if (job.key !== null) return job;
  const bound = bind(job, results);
  if (job.status !== 'unknown') return bound;
  const { inserted, folder, facts } = run;
  return judged(bound, folder.finished(job), facts.files.get(job.output), { inserted, isForced: false });
}

/** Notes the keys of what is reused, where those that it was found by were of an earlier version. */
export async function keepReused({ folder }: FilmRun, jobs: readonly Job[]): Promise<void> {
  let isChanged = false;
  for (const job of jobs) {
    const finished = folder.finished(job);
    if (job.status !== 'reuse' || !finished || (finished.key === job.key && finished.inputs)) continue;
    folder.record(job, finished);
    isChanged = true;
  }
  if (isChanged) await folder.save();
}

export interface FilmShot {
  readonly index: number;
  readonly state: ShotState;
  /** `shot` and `id` of events. */
  readonly named: { readonly shot: number; readonly id: string };
}

/** The shot at a place, from 0. */
export function shotAt({ folder }: Pick<FilmRun, 'folder'>, index: number): FilmShot {
  const state = folder.state.shots[index] as ShotState;
  return { index, state, named: { shot: index + 1, id: shotLabel(state) } };
}

/** The shot of a job that has one. */
export const shotOf = (run: Pick<FilmRun, 'folder'>, { number }: Job): FilmShot =>
  shotAt(run, (number as number) - 1);

/** The order by which a maker makes a job. @throws RunError where the model refused the same before */
export function orderFor({ folder, script, budget }: FilmRun, job: Job, maker: MakerIdentity): Order {
  if (!maker.takes || (job.kind !== 'keyframe' && job.kind !== 'clip')) return noOrder(job);
  const seconds = script.shots[(job.number as number) - 1]?.seconds ?? 0;
  return orderOf(folder, job, { maker, budget, price: priceOf(job.kind, seconds, maker.takes) });
}
