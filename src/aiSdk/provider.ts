import { type LoadDreamerOptions, RunError } from '../film/index.ts';
import { imageModel } from './imageModel.ts';
import type { ImageModel, Specification, VideoModel } from './spec.ts';
import { Studio } from './studio.ts';
import { videoModel } from './videoModel.ts';

/** Options of `moviedreamer`. */
export interface ProviderOptions<S extends Specification = 'v4'> extends Omit<LoadDreamerOptions, 'makers'> {
  /** Name or folder of the preset of models that are asked for without an id. Default 'theatre'. */
  readonly preset?: string;
  /** The specification of the models: 'v4' for `ai` 7, 'v3' for `ai` 6. Default 'v4'. */
  readonly specification?: S;
}

/** Our models for the AI SDK; also a provider for its `createProviderRegistry` and `customProvider`. */
export interface MovieDreamerProvider<S extends Specification = 'v4'> extends AsyncDisposable {
  /** The specification that its models follow. */
  readonly specificationVersion: S;
  /**
   * The autoregressor and renderer of a preset: a prompt and portraits to keyframes.
   * @param preset name or folder; by default that of the provider
   */
  imageModel(preset?: string): ImageModel<S>;
  /**
   * The animator of a preset: a picture to a clip.
   * @param preset name or folder; by default that of the provider
   */
  videoModel(preset?: string): VideoModel<S>;
  /** @throws {RunError} always: there is none. */
  languageModel(id: string): never;
  /** @throws {RunError} always: there is none. */
  embeddingModel(id: string): never;
  /** Waits for calls under way and frees the models. Idle models do not keep the process alive. */
  close(): Promise<void>;
}

/**
 * Our models as models of the AI SDK (`ai` 7 needs Node 22 or newer; with `specification: 'v3'` for `ai` 6). Nothing is loaded
 * before the first call, and models of one preset share their weights. The same call gives the same bytes.
 */
export function moviedreamer<S extends Specification = 'v4'>(
  options: ProviderOptions<S> = {},
): MovieDreamerProvider<S> {
  const { preset: usual = 'theatre', specification = 'v4' as S, ...load } = options;
  const studios = new Map<string, Studio>();
  const studioOf = (preset: string): Studio => {
    const studio = studios.get(preset) ?? new Studio(preset, load);
    studios.set(preset, studio);
    return studio;
  };
  const none = (kind: string): never => {
    throw new RunError(`moviedreamer has no ${kind} models; it has imageModel and videoModel`);
  };
  const close = async (): Promise<void> => {
    for (const studio of studios.values()) await studio.close();
  };
  return {
    specificationVersion: specification,
    imageModel: (preset = usual) => imageModel(specification, studioOf(preset)),
    videoModel: (preset = usual) => videoModel(specification, studioOf(preset)),
    languageModel: () => none('language'),
    embeddingModel: () => none('embedding'),
    ...{ close, [Symbol.asyncDispose]: close },
  };
}
