import { type Generation, Leases, ScriptEncoder } from '../../inference/index.ts';
import { imageAt } from '../../media/index.ts';
import { Random } from '../../random/index.ts';
import { frameLayout, type Shot } from '../../script/index.ts';
import type { DreamEvent } from '../events.ts';
import { type ShotTokens, writeTokens } from '../run/tokenFile.ts';
import { takeTemperature } from '../takeDraws.ts';
import { showTake, type TokenStep, takeKey } from '../tokenPlan.ts';
import { type FilmRun, jobsOf, shotAt, shotOf } from './filmRun.ts';
import { ownKeyframe, pictureTokens } from './ownKeyframe.ts';

/** Milliseconds between two writes of the token file. What a kill loses is made again, with the same bits. */
const WRITE_EVERY = 2000;

/**
 * Script to tokens (paper 3.4). Another take (`reroll`) is a side branch: it is drawn from the same history, and later
 * shots go on from the first take, so that they stay as they are, too.
 */
export async function* tokensStage(
  run: FilmRun,
): AsyncGenerator<DreamEvent, ReadonlyMap<string, ShotTokens>, void> {
  const { script } = run;
  const jobs = jobsOf(run, 'tokens');
  const todo = jobs.filter(({ status }) => status === 'make').map(({ number }) => (number as number) - 1);
  yield { type: 'stage', stage: 'tokens', todo: todo.length, shots: script.shots.length };
  for (const job of jobs)
    if (job.status === 'reuse') yield { type: 'tokens', ...shotOf(run, job).named, reused: true };
  const table = new TokenTable(run);
  const draws = todo.map((i) => ({
    index: i,
    takes: [shotAt(run, i).state.take].filter((take) => take > 0),
  }));
  if (draws.length > 0) yield* drawTokens(run, table, draws);
  await table.write();
  return table.byId();
}

/**
 * Draws more takes of shots whose tokens are known.
 * @param wanted the numbers of the takes, by the places of the shots from 0
 */
export async function* drawTakes(
  run: FilmRun,
  tokens: ReadonlyMap<string, ShotTokens>,
  wanted: ReadonlyMap<number, readonly number[]>,
): AsyncGenerator<DreamEvent, ReadonlyMap<string, ShotTokens>, void> {
  const table = new TokenTable(run, tokens);
  const draws = [...wanted]
    .map(([index, takes]) => ({ index, takes: takes.filter((take) => !table.hasTake(index, take)) }))
    .filter(({ takes }) => takes.length > 0)
    .sort((a, b) => a.index - b.index);
  if (draws.length > 0) yield* drawTokens(run, table, draws);
  return table.byId();
}

/** Writes which takes the shots show now. */
export async function showTakes(
  run: FilmRun,
  tokens: ReadonlyMap<string, ShotTokens>,
): Promise<ReadonlyMap<string, ShotTokens>> {
  const table = new TokenTable(run, tokens);
  table.showTakes();
  await table.write();
  return table.byId();
}

/** Which takes, beside the first, are to be drawn of the shot at a place from 0. */
interface Draws {
  readonly index: number;
  readonly takes: readonly number[];
}

async function* drawTokens(
  run: FilmRun,
  table: TokenTable,
  draws: readonly Draws[],
): AsyncGenerator<DreamEvent, void, void> {
  const { script, folder } = run;
  const [first, last] = [(draws[0] as Draws).index, (draws.at(-1) as Draws).index];
  const own = await ownTokens(run, draws);
  await using leases = new Leases();
  const { generation, encoder } = await begin(run, leases);
  let written = performance.now();
  try {
    const lengths = script.shots
      .slice(0, first)
      .map((shot) => generation.lengthOf({ layout: frameLayout(shot as Shot, script) }));
    await generation.resume(lengths, async (i) => ({
      ...(await encoder.frame(i)),
      tokens: (table.known(i) as ShotTokens).tokens,
    }));
    for (let i = first; i <= last; i++) {
      run.signal?.throwIfAborted();
      const wanted = draws.find(({ index }) => index === i);
      const { state, named } = shotAt(run, i);
      const random = (take: number): Random => Random.of(folder.state.seed, 'tokens', state.id, take);
      const choice = table.known(i)?.tokens ?? own.get(i) ?? random(0);
      const others = wanted?.takes.map((take) => ({ random: random(take), temperature: takeTemperature }));
      const result = await generation.next(await encoder.frame(i), choice, others);
      if (!wanted) continue;
      table.set(i, wanted.takes, result);
      if (performance.now() - written > WRITE_EVERY) {
        await table.write();
        written = performance.now();
      }
      yield { type: 'tokens', ...named, reused: false };
    }
  } finally {
    await table.write(); // also when the film is stopped: what is known need not be made again
  }
}

/** Tokens of users' own keyframes, by the places of their shots: later shots follow what is to be seen. */
async function ownTokens(
  { script, models, facts }: FilmRun,
  draws: readonly Draws[],
): Promise<ReadonlyMap<number, readonly Float32Array[]>> {
  const indices = draws.map(({ index }) => index).filter((i) => script.shots[i]?.keyframe !== undefined);
  const { keyframe: size } = facts.settings;
  const pictures = indices.map((i) => () => ownKeyframe(script, i, size));
  const tokens = await pictureTokens(models, pictures);
  return new Map(indices.map((index, at) => [index, tokens[at] as Float32Array[]]));
}

/** The tokens of a film as they are known so far, in the order of its shots. */
class TokenTable {
  private readonly run: FilmRun;
  private readonly base: string;
  private readonly shots: (ShotTokens | undefined)[];
  private written: string;

  /** @param known tokens by their shots' ids; by default those that the plan found */
  constructor(run: FilmRun, known?: ReadonlyMap<string, ShotTokens>) {
    this.run = run;
    const { facts, plan } = run;
    this.base = plan.tokenBase;
    this.shots = plan.tokens.map((step) => (known ? known.get(step.id) : step.known));
    this.written = facts.tokens.version === 2 && !known ? this.listing(facts.tokens.shots) : '';
  }

  known(i: number): ShotTokens | undefined {
    return this.shots[i];
  }

  hasTake(i: number, take: number): boolean {
    const { take: shown, others = [] } = this.shots[i] ?? {};
    const key = takeKey(this.step(i), take);
    return shown?.key === key || others.some((one) => one.key === key);
  }

  /** Sets a shot's tokens, with those of other takes, which its state may have shown. */
  set(
    i: number,
    takes: readonly number[],
    { tokens, others }: Awaited<ReturnType<Generation['next']>>,
  ): void {
    const step = this.step(i);
    const { id, key, history } = step;
    const old = this.shots[i];
    const drawn = others.map((own, at) => ({ key: takeKey(step, takes[at] as number), tokens: own }));
    const kept = [...(old?.take ? [old.take] : []), ...(old?.others ?? [])];
    const all = { ...{ id, key, history, base: this.base, tokens }, others: [...kept, ...drawn] };
    this.shots[i] = showTake(all, step, shotAt(this.run, i).state.take);
  }

  /** Shows the takes that the film's state says. */
  showTakes(): void {
    for (const [i, shot] of this.shots.entries())
      if (shot) this.shots[i] = showTake(shot, this.step(i), shotAt(this.run, i).state.take);
  }

  private step(i: number): TokenStep {
    return this.run.plan.tokens[i] as TokenStep;
  }

  byId(): Map<string, ShotTokens> {
    return new Map(this.shots.flatMap((shot) => (shot ? [[shot.id, shot]] : [])));
  }

  /** Writes the file where it is not so already. Tokens that are to be made again stay in it until they are. */
  async write(): Promise<void> {
    const { plan, folder } = this.run;
    const first = this.shots.find((shot) => shot !== undefined);
    const fits = (shot: ShotTokens): boolean =>
      shot.base === this.base &&
      shot.tokens.length === first?.tokens.length &&
      shot.tokens[0]?.length === first.tokens[0]?.length;
    const old = new Map(plan.storedTokens.filter(fits).map((shot) => [shot.id, shot]));
    const shots = plan.tokens.flatMap(({ id }, i) => this.shots[i] ?? old.get(id) ?? []);
    const listing = this.listing(shots);
    if (listing === this.written || shots.length === 0) return;
    await writeTokens(folder.tokens, { shots, inputs: plan.tokenRecord });
    this.written = listing;
  }

  private listing(shots: readonly ShotTokens[]): string {
    const entries = shots.map(({ id, key, history, take, others = [] }) => {
      return [id, key, history, take?.key ?? null, others.map((other) => other.key)];
    });
    return JSON.stringify(entries);
  }
}

async function begin(
  { models, script }: Pick<FilmRun, 'models' | 'script'>,
  leases: Leases,
): Promise<{ generation: Generation; encoder: ScriptEncoder }> {
  const { references: paths, inMemory } = script;
  const references = await pictureTokens(
    models,
    paths.map((path) => () => imageAt(path, inMemory)),
  );
  const autoregressor = await leases.use(models.autoregressor());
  const sentences = await leases.use(models.sentenceEncoder());
  const faces = await leases.use(models.faceEncoder());
  const generation = await autoregressor.begin(references);
  leases.defer(() => generation.release());
  return { generation, encoder: new ScriptEncoder(script, sentences, faces) };
}
