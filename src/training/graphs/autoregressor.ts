import { Parameters, type ParametersOptions } from '../../graph/index.ts';
import {
  type AutoregressorConfig,
  autoregressorLoss,
  type TrainingShape,
  trainingInputs,
} from '../../models/autoregressor/index.ts';
import type { StageGraph } from './stageGraph.ts';

/** The loss of a batch of sequences. */
export function autoregressorGraph(
  config: AutoregressorConfig,
  shape: TrainingShape,
  options: ParametersOptions,
): StageGraph {
  const parameters = new Parameters(undefined, options);
  const inputs = trainingInputs(config, shape);
  const { loss, nll, l1, l2 } = autoregressorLoss(parameters.scope(), config, inputs);
  return { parameters, loss, metrics: { nll, l1, l2 } };
}
