import type { Script } from '../script/index.ts';
import type { Capabilities, MakerIdentity, Waivable } from './makers.ts';
import { RunError } from './run/runError.ts';
import type { ShotState } from './run/state.ts';

/** A request that a model cannot honour. */
interface Misfit {
  readonly what: Waivable;
  readonly message: string;
}

/**
 * Compares what a film needs with what its models take, before anything is ordered.
 * @param indices places, from 0, of the shots that are worked on
 * @returns a notice for everything that was given up by name
 * @throws RunError that lists all that a model cannot honour
 */
export function checkCapabilities(
  script: Script,
  shots: readonly ShotState[],
  makers: { readonly keyframe: MakerIdentity; readonly clip: MakerIdentity },
  indices: readonly number[],
): string[] {
  const notices: string[] = [];
  const problems: string[] = [];
  for (const kind of ['keyframe', 'clip'] as const) {
    const { id, takes } = makers[kind];
    if (!takes) continue;
    const find = kind === 'keyframe' ? keyframeMisfits : clipMisfits;
    for (const { what, message } of indices.flatMap((i) => find(script, shots, i, takes))) {
      const line = `${kind}s by ${id}: ${message}`;
      if (takes.allow.includes(what)) notices.push(line);
      else problems.push(`${line}; choose another model, or do without by \`allow: [${what}]\``);
    }
  }
  if (problems.length > 0) throw new RunError(`nothing was ordered yet.\n${problems.join('\n')}`);
  return notices;
}

function keyframeMisfits(
  script: Script,
  shots: readonly ShotState[],
  i: number,
  takes: Capabilities,
): Misfit[] {
  const { characters: people = [], keyframe } = script.shots[i] ?? {};
  if (keyframe !== undefined) return []; // the user's own picture
  const strangers = people.slice(takes.references).map(({ id }) => id);
  const misfits: Misfit[] = [];
  if (strangers.length > 0) {
    const many = takes.references === 0 ? 'no portraits' : `${takes.references} portraits at most`;
    misfits.push({
      what: 'references',
      message: `shot ${i + 1}: the model takes ${many}, so that it does not know ${strangers.join(', ')}`,
    });
  }
  return [...misfits, ...seedMisfit(shots, i, takes)];
}

function clipMisfits(script: Script, shots: readonly ShotState[], i: number, takes: Capabilities): Misfit[] {
  const longest = takes.seconds?.at(-1);
  const seconds = script.shots[i]?.seconds ?? 0;
  const misfits: Misfit[] = [];
  if (longest !== undefined && seconds > longest) {
    const message = `shot ${i + 1} has ${seconds} s, and clips of the model at most ${longest} s`;
    misfits.push({ what: 'seconds', message });
  }
  return [...misfits, ...seedMisfit(shots, i, takes)];
}

/** Without a seed, a reroll may give the same again. */
function seedMisfit(shots: readonly ShotState[], i: number, { seed }: Capabilities): Misfit[] {
  if (seed || (shots[i]?.take ?? 0) === 0) return [];
  return [{ what: 'seed', message: `shot ${i + 1} is rerolled, and the model takes no seed` }];
}

/** The length in seconds to order: the shortest that is long enough, else the longest that there is. */
export function secondsToAsk(seconds: number, { seconds: offered }: Pick<Capabilities, 'seconds'>): number {
  return offered?.find((length) => length >= seconds) ?? offered?.at(-1) ?? seconds;
}

/** The seconds that one request takes; undefined where that is not known. */
export function timeOf(
  kind: 'keyframe' | 'clip',
  seconds: number,
  takes: Capabilities | undefined,
): number | undefined {
  if (!takes?.time) return undefined;
  const { call = 0, second = 0 } = takes.time;
  return kind === 'clip' ? call + second * secondsToAsk(seconds, takes) : call;
}

/** What one request costs; 0 where the model has no price. */
export function priceOf(kind: 'keyframe' | 'clip', seconds: number, takes: Capabilities | undefined): number {
  const { call = 0, second = 0 } = takes?.price ?? {};
  return call + (kind === 'clip' && takes ? second * secondsToAsk(seconds, takes) : 0);
}
