import { checkpoint } from '../autodiff/index.ts';
import type { LinearRule, ParametersOptions } from '../graph/index.ts';
import type { TrainingSettings } from './task.ts';

/** How a stage's graph is built: with adapters beside its linear layers, with blocks that are computed twice. */
export function parametersOptions(
  { activationCheckpointing }: Pick<TrainingSettings, 'activationCheckpointing'>,
  adapted?: { readonly linear: LinearRule },
): ParametersOptions {
  return {
    ...(adapted ? { linear: adapted.linear } : {}),
    ...(activationCheckpointing ? { block: checkpoint } : {}),
  };
}
