import {
  type ClipMaker,
  frameCount,
  type KeyframeMaker,
  type KeyframeRequest,
  localClipMaker,
  localKeyframeMaker,
  type MakerContext,
  type MakerVariant,
  resampleFrames,
} from '../../film/index.ts';
import type { ClipSettings } from '../../inference/index.ts';
import type { Image } from '../../media/index.ts';
import type { ComparedMethod } from '../method.ts';

/**
 * The extension that the paper sets out from (3.5): the last frame of a clip is the first of the next one, and its embedding
 * what further segments are conditioned on. Only the first keyframe is rendered.
 */
export const lastFrame: ComparedMethod = {
  name: 'last-frame',
  paper: 'the straightforward extension of section 3.5 of the paper',
  how: () =>
    'Only the first keyframe is rendered; each further clip begins at the last frame of the one before, whose embedding it is ' +
    'conditioned on. The animator reads no text, so that the script is heard in the first shot only.',
  change: async ({ settings }) => ({
    makers: { keyframe: chained({ ...settings.clip, anchor: 'last-frame' }) },
    settings: { anchor: 'last-frame' },
  }),
};

/** Keyframes that are last frames. Each clip is animated here for its end, and again when it is written. */
function chained(clip: ClipSettings): MakerVariant<KeyframeMaker> {
  return {
    ...{ id: 'last-frame', version: '1', sees: 'film', options: { clip }, reads: ['clip'] },
    over: (models, identity) => {
      const renderer = localKeyframeMaker(models, identity);
      const animator = localClipMaker(models, identity);
      const release = async (): Promise<void> => renderer[Symbol.asyncDispose]();
      return {
        ...identity,
        make: async (request, context) => {
          if (request.index > 0)
            return { image: await endBefore(request, animator, clip, context), warnings: [] };
          const first = await renderer.make(request, context);
          await release(); // it is not asked again, and the animator needs the memory
          return first;
        },
        [Symbol.asyncDispose]: async () => {
          await release().finally(() => animator[Symbol.asyncDispose]());
        },
      };
    },
  };
}

/** The last frame of the clip before a shot's. */
async function endBefore(
  { film, index, script }: KeyframeRequest,
  animator: ClipMaker,
  settings: ClipSettings,
  context: MakerContext,
): Promise<Image> {
  const before = film?.requests[index - 1];
  if (!film || !before) throw new TypeError('last-frame: the maker sees the film, and was not given it');
  const { shot, seed, take, prompt } = before;
  const keyframe = await film.keyframe(index - 1);
  const seconds = script.shots[index - 1]?.seconds ?? 1;
  const request = { shot, script, index: index - 1, seed, take, prompt, keyframe, seconds, settings };
  const { frames, fps: sourceFps } = await animator.make(request, context);
  const { movieFps: fps, between } = settings;
  let last = keyframe;
  for await (const frame of resampleFrames(frames, {
    count: frameCount(seconds, fps),
    fps,
    sourceFps,
    between,
  }))
    last = frame;
  return last;
}
