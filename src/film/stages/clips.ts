import { keyOf } from '../../files/index.ts';
import type { Animator, ClipSettings } from '../../inference/index.ts';
import { readImage, VideoWriter } from '../../media/index.ts';
import { clipModels } from '../../presets/index.ts';
import { engineKey } from '../engineKey.ts';
import type { DreamEvent } from '../events.ts';
import { frameCount, framesNeeded, resampleFrames } from '../frameRate.ts';
import { clipSettings, fingerprints, type Run, shotsOf } from '../run/run.ts';
import { pump } from './pump.ts';

/** Keyframes to clips (paper 3.5). A clip depends on its keyframe's picture and its length. */
export async function* clipsStage(run: Run): AsyncGenerator<DreamEvent, void, void> {
  const { folder, models } = run;
  const shots = shotsOf(run);
  const keys = new Map<number, string>();
  for (const i of shots) keys.set(i, await clipKey(run, i));
  const todo: number[] = [];
  for (const i of shots) {
    const isDone = await folder.isDone(folder.clip(i), keys.get(i) as string, folder.state.shots[i]?.clip);
    if (run.only || !isDone) todo.push(i);
  }
  yield { type: 'stage', stage: 'clips', todo: todo.length, shots: run.script.shots.length };
  for (const i of shots) {
    if (!todo.includes(i)) yield { type: 'clip', shot: i + 1, path: folder.clip(i), reused: true };
  }
  if (todo.length === 0) return;

  const codec = await models.animatorCodec();
  const anchor = await models.anchorEncoder();
  let current: { animator: Animator; key: string } | undefined;
  try {
    for (const i of todo) {
      const settings = await clipSettings(run, i);
      if (current?.key !== keyOf(settings)) {
        await current?.animator.release();
        current = { animator: await models.animator(codec, anchor.embed, settings), key: keyOf(settings) };
      }
      yield* animateShot(run, current.animator, settings, i);
      await folder.finish(i, 'clip', keys.get(i) as string);
      yield { type: 'clip', shot: i + 1, path: folder.clip(i), reused: false };
    }
  } finally {
    await current?.animator.release();
    await anchor.release();
    await codec.release();
  }
}

/** Animates one shot and writes its clip as it comes. */
async function* animateShot(
  run: Run,
  animator: Animator,
  settings: ClipSettings,
  shot: number,
): AsyncGenerator<DreamEvent, void, void> {
  const { folder, script } = run;
  const keyframe = await readImage(folder.keyframe(shot));
  const { movieFps: fps, anchor } = settings;
  const sourceFps = animator.settings.fps;
  const count = frameCount(script.shots[shot]?.seconds ?? 1, fps);
  const segments = Math.ceil((framesNeeded(count, fps, sourceFps) - 1) / (animator.settings.frames - 1));
  const { width, height } = keyframe;
  yield* pump<DreamEvent>(run.signal, async (emit, signal) => {
    const frames = animator.animate(keyframe, {
      segments,
      seed: folder.state.seed,
      path: ['clip', shot + 1, folder.state.shots[shot]?.take ?? 0],
      anchor,
      signal,
      onStep: ({ step, total }) =>
        emit({ type: 'preview', stage: 'clips', shot: shot + 1, step, steps: total }),
    });
    const writer = await VideoWriter.create(folder.clip(shot), { width, height, fps });
    try {
      for await (const frame of resampleFrames(frames, { count, fps, sourceFps })) await writer.write(frame);
      await writer.close();
    } catch (error) {
      await writer.abort();
      throw error;
    }
  });
}

async function clipKey(run: Run, shot: number): Promise<string> {
  const { folder, models, script } = run;
  return keyOf(
    engineKey,
    await fingerprints(run, clipModels),
    await models.animatorScheduler(),
    folder.state.shots[shot]?.keyframe?.sha256,
    script.shots[shot]?.seconds,
    await clipSettings(run, shot),
    folder.state.seed,
    shot,
    folder.state.shots[shot]?.take ?? 0,
  );
}
