import { callOptions, seedOf, sizeOf } from './callOptions.ts';
import type { CallResponse, CallWarning, ImageModel, Specification } from './spec.ts';
import { pngOf, type Studio } from './studio.ts';

/** The most results of one call: `ai` gives every call of one request the same seed, and so the same results. */
export const MOST = 1000;

export const responseOf = ({ preset }: Studio): CallResponse => ({
  ...{ timestamp: new Date(), modelId: preset, headers: undefined },
});

/** A preset's autoregressor and renderer as an image model: a prompt and portraits to keyframes. */
export function imageModel<S extends Specification>(specificationVersion: S, studio: Studio): ImageModel<S> {
  return {
    ...{ specificationVersion, provider: 'moviedreamer', modelId: studio.preset, maxImagesPerCall: MOST },
    doGenerate: async (call) => {
      const { characters, elements, ...own } = callOptions(call.providerOptions);
      const { preset } = await studio.dreamer();
      const { size, warnings } = await sizeOf(preset, call, { feature: 'size', step: 1 });
      const seed = seedOf(call.seed, own);
      const { prompt, files, n, abortSignal: signal } = call;
      const asked = { prompt, files, characters, elements };
      const images = await studio.keyframes(asked, { ...own, seed, takes: n, signal });
      return {
        images: await Promise.all(images.map((image) => pngOf(image, size))),
        warnings: [...warnings, ...(call.mask ? [noMask] : [])],
        providerMetadata: { moviedreamer: { images: images.map((_, take) => ({ seed, take })) } },
        response: responseOf(studio),
      };
    },
  };
}

const noMask: CallWarning = {
  ...{ type: 'unsupported', feature: 'mask', details: 'pictures are portraits, and nothing is painted over' },
};
