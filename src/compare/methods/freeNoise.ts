import {
  type ClipMaker,
  frameCount,
  framesNeeded,
  localClipMaker,
  type MakerVariant,
} from '../../film/index.ts';
import { svdSettings } from '../../inference/index.ts';
import { readSvdUNetConfig } from '../../models/svd/index.ts';
import type { Base, ComparedMethod } from '../method.ts';

/**
 * Noise rescheduling (Qiu et al., 2023, section 3.2): all segments of a clip begin from the noise of the first, shuffled in
 * units of a quarter of a segment. Its window-based attention fusion is for models that sample all frames of a long clip at
 * once; the animator makes segments one after the other, each from the end of the one before.
 */
export const freeNoise: ComparedMethod = {
  name: 'freenoise',
  paper: 'Qiu et al., FreeNoise: Tuning-Free Longer Video Diffusion via Noise Rescheduling, 2023',
  how: () =>
    "Keyframes as in the paper's method; all segments of a clip begin from the noise of the first, shuffled locally. Its window-based " +
    'attention is left out: the animator makes segments one after the other.',
  why: async (base) =>
    (await isOfOneSegment(base))
      ? "all clips of the script are one segment of the animator, whose noise is the paper's own"
      : undefined,
  change: async () => ({ makers: { clip: rescheduled } }),
};

const rescheduled: MakerVariant<ClipMaker> = {
  ...{ id: 'freenoise', version: '1', options: {} },
  over: (models, identity) => localClipMaker(models, identity, { noise: 'rescheduled' }),
};

/** Whether no clip has a second segment. */
async function isOfOneSegment({ script, settings, preset }: Base): Promise<boolean> {
  if (!script) return false;
  const { frames = readSvdUNetConfig(await preset.config('animator')).frames } = settings.clip;
  const { movieFps, fps = svdSettings.fps } = settings.clip;
  return script.shots.every(
    ({ seconds }) => framesNeeded(frameCount(seconds, movieFps), movieFps, fps) <= frames,
  );
}
