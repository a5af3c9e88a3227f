import type { LeasedModels } from '../inference/index.ts';
import type { FilmPart } from '../presets/index.ts';
import { type LocalOptions, localIdentity } from './localMakers.ts';
import type { ClipMaker, KeyframeMaker, MakerIdentity } from './makers.ts';

/**
 * Another way to run the preset's own models, such as a method that films are compared with. Fingerprints of the models and
 * `options` are part of the keys of what it makes.
 */
export interface MakerVariant<M> extends Pick<MakerIdentity, 'id' | 'version' | 'sees'> {
  /** What decides, beside models and request, what is made; plain data in a fixed order. */
  readonly options: MakerIdentity['options'];
  /** Parts of the film whose models it runs, too. Default: none. */
  readonly reads?: readonly FilmPart[];
  /** The maker. It takes leases when it is first asked. */
  over(models: LeasedModels, identity: MakerIdentity): M;
}

/** Variants in place of the preset's makers. */
export interface MakerVariants {
  readonly keyframe?: MakerVariant<KeyframeMaker> | undefined;
  readonly clip?: MakerVariant<ClipMaker> | undefined;
}

/** A variant over a preset's models, as keys know it. */
export function identityOf(
  { id, version, sees, options }: MakerVariant<unknown>,
  models: LocalOptions,
): MakerIdentity {
  return {
    ...{ id, version, deterministic: true, ...(sees ? { sees } : {}) },
    options: { ...options, ...localIdentity(models).options },
  };
}
