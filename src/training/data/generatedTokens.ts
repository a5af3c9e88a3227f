import { createHash } from 'node:crypto';
import type { KeyframeSet } from '../../corpus/index.ts';
import { type Autoregressor, ModelLoader } from '../../inference/index.ts';
import { Random } from '../../random/index.ts';
import type { StageContext } from '../stage.ts';
import { featureRows, modelsKey } from './features.ts';
import { frameOf, type SequenceSource } from './sequences.ts';

/** The autoregressor's tokens of a shot, or of its mirror image. */
export type TokensOfShot = (episode: number, shot: number, mirrored: boolean) => readonly Float32Array[];

/**
 * Autoregressor outputs for the episodes of a set from number `first` on, generated from script and portraits only; each
 * shot is conditioned on the generated tokens of earlier shots. Used to train the renderer on the tokens it sees at
 * inference. Mirrored rows are generated only if `mirrored` is set.
 */
export async function generatedTokens(
  context: StageContext,
  set: KeyframeSet,
  sources: readonly SequenceSource[],
  { mirrored = false, first = 0 }: { readonly mirrored?: boolean; readonly first?: number } = {},
): Promise<TokensOfShot> {
  const episodes = set.episodes.length - first;
  const models = new ModelLoader(context.preset, context.host);
  const autoregressor = await models.autoregressor();
  const { config, settings } = autoregressor;
  const { tokensPerFrame, tokenDim } = config;
  const most = Math.max(...set.episodes.map((e) => e.frames.length));
  const sampling = createHash('sha256').update(JSON.stringify(settings)).digest('hex').slice(0, 6);
  const rows = await featureRows({
    folder: set.folder,
    signal: context.signal,
    name: `${mirrored ? 'generated-both' : 'generated'}${first > 0 ? `-from-${first}` : ''}`,
    key: `${await modelsKey(models, 'clip', 'text', 'face', 'compressor', 'autoregressor')}-${sampling}`,
    shape: [most, tokensPerFrame, tokenDim], // an episode's shots, the shorter ones' ends zero
    count: (mirrored ? 2 : 1) * episodes, // as they are, then mirrored
    chunk: 1,
    compute: async (row) => {
      const out = new Float32Array(most * tokensPerFrame * tokenDim);
      const source = sources[first + (row % episodes)] as SequenceSource;
      const said = await sayEpisode(autoregressor, source, row >= episodes, row, context.signal);
      said.forEach((token, i) => {
        out.set(token, i * tokenDim);
      });
      return out;
    },
    onProgress: (done, total) => {
      if (done % 48 === 0 || done === total)
        context.say(`generating ${set.options.split} tokens ${done}/${total}`);
    },
  }).finally(() => autoregressor.release());
  const split = Array.from({ length: rows.count }, (_, row) => {
    const all = rows.batch([row]);
    return Array.from({ length: most }, (_, shot) =>
      Array.from({ length: tokensPerFrame }, (_, i) => {
        const at = (shot * tokensPerFrame + i) * tokenDim;
        return all.subarray(at, at + tokenDim);
      }),
    );
  });
  return (episode, shot, isMirrored) => {
    const at = episode - first;
    const tokens = at < 0 ? undefined : split[isMirrored ? episodes + at : at]?.[shot];
    if (!tokens)
      throw new RangeError(
        `generatedTokens: episode ${episode}${isMirrored ? ', mirrored,' : ''} was not asked for`,
      );
    return tokens;
  };
}

/** All tokens of one episode; `row` names its random draws. */
async function sayEpisode(
  autoregressor: Autoregressor,
  source: SequenceSource,
  mirrored: boolean,
  row: number,
  signal: AbortSignal | undefined,
): Promise<Float32Array[]> {
  const generation = await autoregressor.begin();
  const said: Float32Array[] = [];
  try {
    for (let shot = 0; shot < source.encoded.script.shots.length; shot++) {
      signal?.throwIfAborted();
      const random = Random.of(row, 'generated', shot);
      const frame = frameOf(source, shot, mirrored, { randomFaces: false }, random);
      said.push(...(await generation.next(frame, random)).tokens);
    }
  } finally {
    await generation.release();
  }
  return said;
}
