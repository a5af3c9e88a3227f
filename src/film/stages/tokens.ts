import { keyOf } from '../../files/index.ts';
import { type Generation, generationConfig, ScriptEncoder } from '../../inference/index.ts';
import { imageAt } from '../../media/index.ts';
import { referenceModels, tokenModels } from '../../presets/index.ts';
import { Random } from '../../random/index.ts';
import { frameLayout, type Script, type Shot, shotKey } from '../../script/index.ts';
import { engineKey } from '../engineKey.ts';
import type { DreamEvent } from '../events.ts';
import { fingerprints, type Run, shotsOf } from '../run/run.ts';
import { readTokens, type ShotTokens, writeTokens } from '../run/tokenFile.ts';

/** Milliseconds between two writes of the token file. What a kill loses is made again, with the same bits. */
const WRITE_EVERY = 2000;

/**
 * Script to tokens (paper 3.4). A shot's tokens depend on its own script and on everything before it, so a changed shot
 * leaves the ones before it as they are. Another take (`reroll`) is a side branch: it is drawn from the same history,
 * and later shots go on from the first take, so that they stay as they are, too.
 */
export async function* tokensStage(run: Run): AsyncGenerator<DreamEvent, ShotTokens[], void> {
  const { folder, script } = run;
  const { seed } = folder.state;
  const keys = await keysOf(run);
  const takeKey = (i: number): string => keyOf(keys[i], folder.state.shots[i]?.take);
  const isTaken = (i: number): boolean => (folder.state.shots[i]?.take ?? 0) > 0;

  const until = Math.max(...shotsOf(run)) + 1;
  const stored = await readTokens(folder.tokens);
  const firstStale = keys.findIndex((key, i) => stored[i]?.key !== key);
  const done: ShotTokens[] = stored
    .slice(0, firstStale < 0 ? keys.length : firstStale)
    .map(({ key, tokens, take }, i) => {
      return take && isTaken(i) && take.key === takeKey(i) ? { key, tokens, take } : { key, tokens };
    });
  const needsTake = (i: number): boolean => isTaken(i) && !done[i]?.take;
  const todo = [...keys.keys()]
    .slice(0, Math.max(until, done.length))
    .filter((i) => i >= done.length || needsTake(i));

  yield { type: 'stage', stage: 'tokens', todo: todo.length, shots: keys.length };
  for (const i of shotsOf(run)) if (!todo.includes(i)) yield { type: 'tokens', shot: i + 1, reused: true };
  const [first, last] = [todo[0], todo.at(-1)];
  if (first === undefined || last === undefined) {
    // of a script that got shorter, or a take that is no longer wanted, nothing is left behind
    const isSame = done.length === stored.length && done.every((shot, i) => !shot.take === !stored[i]?.take);
    if (!isSame) await writeTokens(folder.tokens, done);
    return done;
  }

  const { generation, encoder, release } = await begin(run);
  let written = performance.now();
  let isDirty = false;
  try {
    const frame = (i: number) => encoder.frame(i);
    const lengths: number[] = [];
    for (let i = 0; i < first; i++)
      lengths.push(generation.lengthOf({ layout: frameLayout(script.shots[i] as Shot, script) }));
    await generation.resume(lengths, async (i) => ({
      ...(await frame(i)),
      tokens: (done[i] as ShotTokens).tokens,
    }));
    for (let i = first; i <= last; i++) {
      run.signal?.throwIfAborted();
      const random = (take: number): Random => Random.of(seed, 'tokens', i + 1, take);
      const choice = done[i]?.tokens ?? random(0);
      const take = folder.state.shots[i]?.take ?? 0;
      const result = await generation.next(await frame(i), choice, take > 0 ? random(take) : undefined);
      done[i] = {
        key: keys[i] as string,
        tokens: result.tokens,
        ...(result.alternative ? { take: { key: takeKey(i), tokens: result.alternative } } : {}),
      };
      isDirty = true;
      if (performance.now() - written > WRITE_EVERY) {
        await writeTokens(folder.tokens, done);
        written = performance.now();
        isDirty = false;
      }
      if (todo.includes(i)) yield { type: 'tokens', shot: i + 1, reused: false };
    }
  } finally {
    try {
      // also when the film is stopped: what is known need not be made again
      if (isDirty) await writeTokens(folder.tokens, done);
    } finally {
      await release();
    }
  }
  return done;
}

/** For each shot a key of all that its first take depends on. */
async function keysOf(run: Run): Promise<string[]> {
  const { script, folder, models } = run;
  const names = script.references.length > 0 ? [...tokenModels, ...referenceModels] : tokenModels;
  const references = script.references.map((path) => script.pictures.get(path));
  const settings = await generationConfig(models.preset, 'autoregressor');
  let key = keyOf(engineKey, await fingerprints(run, names), settings, references, folder.state.seed);
  return script.shots.map((_, i) => {
    key = keyOf(key, shotKey(script, i));
    return key;
  });
}

interface Began {
  readonly generation: Generation;
  readonly encoder: ScriptEncoder;
  readonly release: () => Promise<void>;
}

async function begin({ models, script }: Run): Promise<Began> {
  const references = await referenceTokens(models, script);
  const autoregressor = await models.autoregressor();
  const encoder = new ScriptEncoder(script, await models.sentenceEncoder(), await models.faceEncoder());
  const generation = await autoregressor.begin(references);
  return {
    generation,
    encoder,
    release: async () => {
      await generation.release();
      await autoregressor.release();
      await encoder.release();
    },
  };
}

/** Few-shot pictures as tokens: through the image encoder and the compressor (paper 3.4). */
async function referenceTokens(
  models: Run['models'],
  { references: paths, inMemory }: Script,
): Promise<Float32Array[][]> {
  if (paths.length === 0) return [];
  const images = await models.imageEncoder();
  const tokenizer = await models.tokenizer();
  const tokens: Float32Array[][] = [];
  for (const path of paths) {
    const { spatial } = await images.encode([await imageAt(path, inMemory)]);
    tokens.push(await tokenizer.encodeOne(spatial));
  }
  await images.release();
  await tokenizer.release();
  return tokens;
}
