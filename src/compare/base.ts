import { existsSync } from 'node:fs';
import type { DreamOptions, LoadDreamerOptions, Script } from '../film/index.ts';
import { generationConfig } from '../inference/index.ts';
import { Preset } from '../presets/index.ts';
import { CompareError } from './compareError.ts';
import { type Base, type MethodName, methodNames } from './method.ts';
import { methods } from './methods/index.ts';

/** What methods are made over, and with what. */
export interface BaseOptions
  extends Pick<LoadDreamerOptions, 'weights'>,
    Pick<DreamOptions, 'steps' | 'guidance' | 'sampler' | 'clipSteps'> {
  /** Name or folder; 'theatre' by default. */
  readonly preset?: string;
  /** Folders of weights of methods that need a model trained otherwise. */
  readonly weightsFor?: Readonly<Partial<Record<MethodName, string>>>;
}

/** A method, and whether a preset can make it. */
export interface MethodState {
  readonly method: MethodName;
  readonly paper: string;
  readonly how: string;
  /** Undefined where it can be had. */
  readonly why?: string;
}

/** All methods, and whether a preset can make them. */
export async function listMethods(options: BaseOptions): Promise<MethodState[]> {
  const base = await openBase(undefined, options);
  return Promise.all(methodNames.map((name) => stateOf(name, base)));
}

/**
 * Opens what methods are made over.
 * @param script undefined where methods are only listed
 */
export async function openBase(script: Script | undefined, options: BaseOptions): Promise<Base> {
  const { preset: name = 'theatre', weights, weightsFor = {}, steps, guidance, sampler, clipSteps } = options;
  const preset = await Preset.open(name, weights ? { weights } : {});
  for (const [method, folder] of Object.entries(weightsFor)) {
    if (method !== 'l1-l2' && method !== 'no-face-tokens')
      throw new CompareError(
        `--weights-for: ${method} is made with the preset's weights; only l1-l2 and no-face-tokens take others`,
      );
    if (!existsSync(folder))
      throw new CompareError(`--weights-for: there is no folder ${folder} for ${method}`);
  }
  const [keyframe, clip] = [
    await generationConfig(preset, 'renderer'),
    await generationConfig(preset, 'animator'),
  ];
  return {
    ...{ preset, script, weightsFor },
    settings: {
      keyframe: {
        ...keyframe,
        ...(steps === undefined ? {} : { steps }),
        ...(guidance === undefined ? {} : { guidance }),
        ...(sampler === undefined ? {} : { sampler }),
      },
      clip: { ...clip, ...(clipSteps === undefined ? {} : { steps: clipSteps }) },
    },
  };
}

/** Whether a method can be had. */
export async function stateOf(name: MethodName, base: Base): Promise<MethodState> {
  const { paper, how, why } = methods[name];
  const reason = await why?.(base);
  return { method: name, paper, how: how(base), ...(reason === undefined ? {} : { why: reason }) };
}
