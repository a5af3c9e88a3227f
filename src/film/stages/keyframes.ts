import { keyOf, keyOfArrays } from '../../files/index.ts';
import { type Renderer, type RenderFrame, ScriptEncoder } from '../../inference/index.ts';
import { writePng } from '../../media/index.ts';
import { keyframeModels } from '../../presets/index.ts';
import { Random } from '../../random/index.ts';
import { sentenceOwners, shotKey } from '../../script/index.ts';
import { engineKey } from '../engineKey.ts';
import type { DreamEvent } from '../events.ts';
import { fingerprints, given, type Run, renderSettings, shotsOf } from '../run/run.ts';
import { type ShotTokens, shownTokens } from '../run/tokenFile.ts';

/**
 * Tokens to keyframes (paper 3.3). A keyframe depends on its own shot's tokens, sentences and faces, and on nothing
 * else of the film.
 */
export async function* keyframesStage(
  run: Run,
  tokens: readonly ShotTokens[],
): AsyncGenerator<DreamEvent, void, void> {
  const { folder } = run;
  const shots = shotsOf(run);
  const keys = new Map<number, string>();
  for (const i of shots) keys.set(i, await keyframeKey(run, i, tokens));
  const todo: number[] = [];
  for (const i of shots) {
    const isDone = await folder.isDone(
      folder.keyframe(i),
      keys.get(i) as string,
      folder.state.shots[i]?.keyframe,
    );
    if (run.only || !isDone) todo.push(i);
  }
  yield { type: 'stage', stage: 'keyframes', todo: todo.length, shots: run.script.shots.length };
  for (const i of shots) {
    if (!todo.includes(i)) yield { type: 'keyframe', shot: i + 1, path: folder.keyframe(i), reused: true };
  }
  if (todo.length === 0) return;

  const { models, script } = run;
  const codec = await models.imageCodec();
  const renderer = await models.renderer(codec);
  const encoder = new ScriptEncoder(script, await models.sentenceEncoder(), await models.faceEncoder());
  try {
    for (const i of todo) {
      const { layout, sentences, faces } = await encoder.frame(i);
      const owners = sentenceOwners(layout);
      const frame = { tokens: shownTokens(tokens[i] as ShotTokens), sentences, faces, owners };
      yield* renderShot(run, renderer, i, frame);
      await folder.finish(i, 'keyframe', keys.get(i) as string);
      yield { type: 'keyframe', shot: i + 1, path: folder.keyframe(i), reused: false };
    }
  } finally {
    await renderer.release();
    await codec.release();
    await encoder.release();
  }
}

async function* renderShot(
  run: Run,
  renderer: Renderer,
  shot: number,
  frame: Omit<RenderFrame, 'random'>,
): AsyncGenerator<DreamEvent, void, void> {
  const { folder, previews, signal } = run;
  const settings = await renderSettings(run, shot);
  const random = Random.of(folder.state.seed, 'keyframe', shot + 1, folder.state.shots[shot]?.take ?? 0);
  const { sampler, ...rest } = settings;
  const options = { ...rest, ...given({ sampler, signal }) };
  let latents = new Float32Array();
  for await (const { step, total, sample, denoised } of renderer.denoise([{ ...frame, random }], options)) {
    latents = sample as Float32Array<ArrayBuffer>;
    const image = previews ? (await renderer.decode(denoised, 1, settings))[0] : undefined;
    yield {
      type: 'preview',
      stage: 'keyframes',
      shot: shot + 1,
      step,
      steps: total,
      ...(image ? { image } : {}),
    };
  }
  const [image] = await renderer.decode(latents, 1, settings);
  if (image) await writePng(folder.keyframe(shot), image);
}

async function keyframeKey(run: Run, shot: number, tokens: readonly ShotTokens[]): Promise<string> {
  const { folder, models, script } = run;
  const scheduler = await models.preset.config('scheduler', 'scheduler_config.json');
  return keyOf(
    engineKey,
    await fingerprints(run, keyframeModels),
    scheduler,
    keyOfArrays(shownTokens(tokens[shot] as ShotTokens)),
    shotKey(script, shot),
    await renderSettings(run, shot),
    folder.state.seed,
    shot,
    folder.state.shots[shot]?.take ?? 0,
  );
}
