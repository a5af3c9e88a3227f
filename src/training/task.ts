import type { ConfigJson } from '../base/configJson.ts';
import { type ErrorCode, MovieDreamerError } from '../base/index.ts';
import type { AdapterLayout, AdapterSettings } from '../checkpoints/index.ts';
import type { ParameterInfo, Precision, Tensor, TensorData } from '../graph/index.ts';
import type { Image } from '../media/index.ts';
import type { FrozenWeights, ModelSource } from '../presets/index.ts';
import type { LearningRateSchedule } from './learningRate.ts';
import type { Weights } from './weights.ts';

/** A training run that cannot begin or go on; what the last checkpoint holds is safe. */
export class TrainingError extends MovieDreamerError {
  static override readonly kind: string = 'TrainingError';
  static override readonly code: ErrorCode = 'TRAINING_REFUSED';
}

/** A file of weights that a stage writes, and which of its parameters go there. */
export interface SavedModel {
  /** The model's folder; its last name is the model's. */
  readonly folder: string;
  /** Name of the file in `folder`: transformers’ or diffusers’ name. */
  readonly file: 'model.safetensors' | 'diffusion_pytorch_model.safetensors';
  /** Parameters below this path, without it, as the published checkpoint names them; '' takes all names as they are. */
  readonly prefix: string;
  /** Parameters below this path are left out. */
  readonly except?: string;
  /** Where a folder to start from lacks the model: other models in it that hold the parameters below these paths. */
  readonly instead?: readonly { readonly model: string; readonly prefix: string }[];
  /** Whether a name is the published model's; the others go into `additions.safetensors`. By default all are. */
  readonly publishes?: (name: string) => boolean;
  /** Written beside as `config.json`, so that the publisher's library loads the folder. */
  readonly config?: ConfigJson;
  /** Where the model itself is not trained: how its adapters are written; what is trained beside them are additions. */
  readonly adapter?: SavedAdapter;
}

/** How adapters of a model are written. */
export interface SavedAdapter {
  /** The library whose files are written. */
  readonly layout: AdapterLayout;
  /** What is written into `adapter_config.json`, or the file’s metadata. */
  readonly settings: AdapterSettings;
}

/** A model that a run leaves as it is. */
export interface FrozenBase extends FrozenWeights {
  /** Hash of its files: another one makes another run. */
  readonly identity: string;
}

/** What is trained during a part of a run. */
export interface TrainingPhase {
  /** The first step of the phase, from 0. */
  readonly from: number;
  /** Whether a parameter is trained in it; the others stay as they are. */
  trains(name: string): boolean;
  /** Samples in a batch, where its batches are not the task's. */
  readonly batchSize?: number;
  /** Its own loss and metrics, fed by its steps' batches, in place of the task's. */
  readonly loss?: Tensor;
  /** Scalars for the log in place of the task’s. */
  readonly metrics?: Readonly<Record<string, Tensor>>;
}

/**
 * Parameters with an optimizer of their own, as torch's parameter groups: AdamW in lockstep with the others, at its own
 * learning rate, its gradients clipped by their own norm. Which loss a group learns from, the graph says: `stopGradient` cuts
 * the rest.
 */
export interface ParameterGroup {
  /** In the log: `<name>GradNorm`. */
  readonly name: string;
  /** Whether the group has the parameter of this name. */
  owns(parameter: string): boolean;
  /** Learning rate of the group by the step. */
  readonly learningRate: LearningRateSchedule;
}

/** The networks of a stage's training, without its data: what decides about the memory that it takes. */
export type PlannedTask = Pick<
  TrainingTask,
  'name' | 'settings' | 'parameters' | 'frozen' | 'loss' | 'phases'
>;

/**
 * One stage's training problem: a graph, its data, and how to look at it. Batches are functions of the step number
 * (every draw comes from a stream named by it), so a run that is resumed sees the very batches it would have seen.
 */
export interface TrainingTask {
  /** Name of the stage. */
  readonly name: string;
  /** The numbers of its `training.json`. */
  readonly settings: TrainingSettings;
  /** Those that are trained in some phase: only they take memory for gradients and the optimizer's state. */
  readonly parameters: readonly ParameterInfo[];
  /** The graph's other parameters, which are mapped from files. */
  readonly frozen?: FrozenBase;
  /** Values to start from (an earlier stage's weights); what is missing is drawn afresh. */
  readonly initial?: Weights;
  /** A scalar. */
  readonly loss: Tensor;
  /** More scalars for the log. */
  readonly metrics?: Readonly<Record<string, Tensor>>;
  /** Names the films that it learns from, with their weights: a run goes on with the same ones only. None: the theatre's. */
  readonly films?: string | undefined;
  /** Samples in a batch, for the progress line. */
  readonly batchSize: number;
  /** Whether the loss compares the samples of a batch with each other: then a step must see it as a whole. */
  readonly wholeBatch?: boolean;
  /**
   * Groups of parameters that learn by optimizers of their own, such as a discriminator; the others learn by the settings'
   * `learningRate`. No parameter is in two.
   */
  readonly groups?: readonly ParameterGroup[];
  /** At least one, beginning at step 0; without it everything is trained throughout. */
  readonly phases?: readonly TrainingPhase[];
  /** Batch number `index`: that of step `index`, or with `accumulate` n, of step `index / n`. */
  batch(index: number): Promise<Readonly<Record<string, TensorData>>>;
  /** Figures on held-out data with the averaged weights, logged beside the sample sheets. */
  validate?(source: (prefix: string) => ModelSource): Promise<Readonly<Record<string, number>>>;
  /** A sheet of samples made with the averaged weights; `source(prefix)` compiles graphs over them. */
  readonly sample?: ((source: (prefix: string) => ModelSource) => Promise<Image>) | undefined;
  /** The models that `save` writes: `train --from` starts a run from another folder of them. */
  readonly models?: readonly SavedModel[];
  /** Writes the finished weights where later stages and `generate` look for them. */
  save(weights: Weights, source: (prefix: string) => ModelSource): Promise<void>;
}

/** Numbers that every stage's `training.json` has. */
export interface TrainingSettings {
  /** Optimizer steps of the run. */
  readonly steps: number;
  /** Samples in a batch. */
  readonly batchSize: number;
  /** Batches whose gradients are averaged in a step. Default 1. */
  readonly accumulate?: number | undefined;
  /** Learning rate as a function of the step. */
  readonly learningRate: LearningRateSchedule;
  /** Decay of AdamW’s first moment, from 0 to below 1. */
  readonly beta1: number;
  /** Decay of AdamW’s second moment, from 0 to below 1. */
  readonly beta2: number;
  /** Added to AdamW’s denominator; above 0. */
  readonly epsilon: number;
  /** Decoupled weight decay of AdamW, from 0; biases and norms have none. */
  readonly weightDecay: number;
  /** Gradients are scaled down to this global norm; 0 leaves them. */
  readonly clipNorm: number;
  /** Decay of the averaged weights that are sampled from and saved; 0 keeps none, and takes the weights themselves. */
  readonly emaDecay: number;
  /** How Adam's moments are kept: see `StoreOptions`. Default adamw. */
  readonly optimizer?: 'adamw' | 'adamw8bit' | undefined;
  /**
   * What a step computes in, see `CompileOptions`: `float16` on devices that have it, with dynamic loss scaling; weights,
   * gradients and moments stay float32. Default float32.
   */
  readonly precision?: Precision | undefined;
  /** Computes the inside of the model's blocks again in the backward pass: less memory, a third more time. */
  readonly activationCheckpointing?: boolean | undefined;
  /** Steps between checkpoints, and between sample sheets. */
  readonly checkpointEvery: number;
  /** Steps between sample sheets. */
  readonly sampleEvery: number;
  /** Pictures on a sample sheet of the tokenizer and the renderer, 8 by default: large models take minutes for each. */
  readonly samples?: number | undefined;
}
