import type { ComparedMethod } from '../method.ts';

/**
 * StreamingT2V (Henschel et al., 2024) extends a clip by a conditional attention module, which reads the last frames of the
 * chunk before, and an appearance preservation module, which reads the first one. Both are trained beside a text-to-video
 * model.
 */
export const streamingT2v: ComparedMethod = {
  name: 'streamingt2v',
  paper:
    'Henschel et al., StreamingT2V: Consistent, Dynamic, and Extendable Long Video Generation from Text, 2024',
  how: () =>
    'Chunks of a clip that read the last frames of the chunk before and the first frame of all, by two trained modules.',
  why: async ({ preset }) =>
    `its conditional attention and appearance preservation modules are trained networks; the animator of preset ${preset.name} has ` +
    'neither, and reads one picture',
  change: async () => ({}),
};

/**
 * SEINE (Chen et al., 2023) makes the transition between two given pictures: its model was trained with random masks, and
 * reads the latents of the frames that are given beside a mask that says which they are.
 */
export const seine: ComparedMethod = {
  name: 'seine',
  paper:
    'Chen et al., SEINE: Short-to-Long Video Diffusion Model for Generative Transition and Prediction, 2023',
  how: () =>
    'Clips from one keyframe to the next, by a model that was trained to fill in frames that a mask hides.',
  why: async ({ preset }) =>
    `it needs an animator that was trained with random masks and reads a mask and the frames that it leaves; that of preset ` +
    `${preset.name} reads the first picture alone`,
  change: async () => ({}),
};
