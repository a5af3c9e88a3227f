import type { Experiment } from '../experiment.ts';
import type { ExperimentName } from '../names.ts';
import { anchorExperiment } from './anchor.ts';
import { faceTokensExperiment } from './faceTokens.ts';
import { identityRowsExperiment } from './identityRows.ts';
import { lossesExperiment } from './losses.ts';
import { overfittingExperiment } from './overfitting.ts';
import { tokensExperiment } from './tokens.ts';

export const experiments: Readonly<Record<ExperimentName, Experiment>> = {
  'table-1-4': lossesExperiment,
  'table-3': tokensExperiment,
  'figure-3': identityRowsExperiment,
  'figure-5': faceTokensExperiment,
  'figure-7': overfittingExperiment,
  'section-3.5': anchorExperiment,
};
