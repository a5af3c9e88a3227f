/** What is known of a code: docs/errors.md is this table in words. */
export interface ErrorCodeEntry {
  /** `kind` of the class that carries it. */
  readonly error: string;
  /** Whose mistake it is: of what was given, of the machine that it runs on, or of this program. */
  readonly about: 'input' | 'machine' | 'program';
  /** One sentence for the reference. */
  readonly means: string;
}

/** All codes of this project's errors. A code that was published keeps its meaning: messages are for people and may change. */
export type ErrorCode =
  | 'ANSWER_UNUSABLE'
  | 'BUDGET_REACHED'
  | 'CAPTIONS_REFUSED'
  | 'CHECKPOINT_INVALID'
  | 'CLAIM_HELD'
  | 'COMPARE_REFUSED'
  | 'CONFIG_INVALID'
  | 'CREDENTIALS_REFUSED'
  | 'DEVICE_UNAVAILABLE'
  | 'DISK_FULL'
  | 'EVALUATION_REFUSED'
  | 'FOOTAGE_REFUSED'
  | 'GRAPH_INVALID'
  | 'HUB_FAILED'
  | 'INTERCHANGE_REFUSED'
  | 'MODELS_INVALID'
  | 'ORDER_UNCERTAIN'
  | 'OUTPUT_UNWRITABLE'
  | 'PICKLE_REFUSED'
  | 'PICTURE_UNREADABLE'
  | 'PRESET_INVALID'
  | 'PROVIDER_FAILED'
  | 'PROVIDER_REFUSED'
  | 'RUN_CLAIMED'
  | 'RUN_REFUSED'
  | 'SCREENPLAY_REFUSED'
  | 'SCRIPT_INVALID'
  | 'SESSION_FAILED'
  | 'STOPPED'
  | 'TRAINING_DIVERGED'
  | 'TRAINING_REFUSED'
  | 'USAGE'
  | 'VIDEO_FAILED';

/** What each code means, in the order of the alphabet. */
export const errorCodes: { readonly [K in ErrorCode]: ErrorCodeEntry } = {
  ANSWER_UNUSABLE: {
    error: 'NoAnswerError',
    about: 'machine',
    means:
      'A model that makes captions gave no usable answer to a request, however often it was told what is wrong.',
  },
  BUDGET_REACHED: {
    error: 'BudgetError',
    about: 'input',
    means: 'The next request for captions could cost more than the budget; what was finished is kept.',
  },
  CAPTIONS_REFUSED: {
    error: 'CaptionsError',
    about: 'input',
    means: 'Captions, or a script from them, cannot be made or read as asked.',
  },
  CHECKPOINT_INVALID: {
    error: 'CheckpointError',
    about: 'input',
    means:
      'A checkpoint, an adapter or one of its tensors is missing, damaged, or of another shape than its model.',
  },
  CLAIM_HELD: {
    error: 'ClaimError',
    about: 'input',
    means: 'Another process is at work on the file or folder.',
  },
  COMPARE_REFUSED: {
    error: 'CompareError',
    about: 'input',
    means:
      'Methods cannot be compared as asked: none of them can be had of the preset, or an option does not fit.',
  },
  CONFIG_INVALID: {
    error: 'ConfigError',
    about: 'input',
    means: 'A config file lacks a key, has an unknown one, or a value that is not supported.',
  },
  CREDENTIALS_REFUSED: {
    error: 'CredentialsError',
    about: 'input',
    means: 'A file cannot be signed as asked, or its content credentials cannot be read.',
  },
  DEVICE_UNAVAILABLE: {
    error: 'DeviceError',
    about: 'machine',
    means: 'The device is not there, does not work, or does not compute in the precision that was asked for.',
  },
  DISK_FULL: {
    error: 'OutputError',
    about: 'machine',
    means: 'The disk is full; what was finished is kept.',
  },
  EVALUATION_REFUSED: {
    error: 'EvaluationError',
    about: 'input',
    means: 'Pictures, a film or an encoder cannot be evaluated as asked.',
  },
  FOOTAGE_REFUSED: {
    error: 'FootageError',
    about: 'input',
    means: 'A film, an option or a file of a data set made from films that cannot be worked with.',
  },
  GRAPH_INVALID: {
    error: 'GraphError',
    about: 'program',
    means: 'A graph was put together wrongly: an op got shapes, types or attributes that it does not take.',
  },
  HUB_FAILED: {
    error: 'HubError',
    about: 'machine',
    means: 'Published weights cannot be found, understood or fetched.',
  },
  INTERCHANGE_REFUSED: {
    error: 'InterchangeError',
    about: 'input',
    means: "A film cannot be written in a format of editors, or an editor's file cannot be taken back.",
  },
  MODELS_INVALID: {
    error: 'ModelsFileError',
    about: 'input',
    means: 'A file of models, or a workflow that it names, cannot be used.',
  },
  ORDER_UNCERTAIN: {
    error: 'ProviderError',
    about: 'machine',
    means: 'A request to a model elsewhere was sent and its answer is lost: it may have been paid for.',
  },
  OUTPUT_UNWRITABLE: {
    error: 'OutputError',
    about: 'input',
    means:
      'Files cannot be written there: the disk is read-only, the place is taken, or writing is not permitted.',
  },
  PICKLE_REFUSED: {
    error: 'PickleError',
    about: 'input',
    means: 'A pickle is broken or asks for what is not allowed; a CheckpointError names the file.',
  },
  PICTURE_UNREADABLE: {
    error: 'PictureError',
    about: 'input',
    means: 'A picture is missing, damaged, too large, or of a kind that is not read.',
  },
  PRESET_INVALID: {
    error: 'PresetError',
    about: 'input',
    means: 'There is no such preset, or a file of it is missing or not understood.',
  },
  PROVIDER_FAILED: {
    error: 'ProviderError',
    about: 'machine',
    means:
      'A model elsewhere cannot be reached, is busy for too long, failed, or answered with something else.',
  },
  PROVIDER_REFUSED: {
    error: 'ProviderError',
    about: 'input',
    means: 'A model elsewhere refused to make a picture or clip; the same request is not made again.',
  },
  RUN_CLAIMED: {
    error: 'RunError',
    about: 'input',
    means: 'Another process makes the film in this folder.',
  },
  RUN_REFUSED: {
    error: 'RunError',
    about: 'input',
    means: 'The film cannot be made as asked: its folder, its settings or its shots say otherwise.',
  },
  SCREENPLAY_REFUSED: {
    error: 'ScreenplayError',
    about: 'input',
    means: 'A screenplay that cannot be read, or has neither action nor dialogue.',
  },
  SCRIPT_INVALID: {
    error: 'ScriptError',
    about: 'input',
    means: 'A script, or a picture that it names, cannot be used; `problems` lists line, column and remedy.',
  },
  SESSION_FAILED: {
    error: 'SessionError',
    about: 'program',
    means: 'ONNX Runtime refused or failed to run a program.',
  },
  STOPPED: {
    error: 'StoppedError',
    about: 'input',
    means: 'The command was stopped by Ctrl-C or SIGTERM; what was finished is kept.',
  },
  TRAINING_DIVERGED: {
    error: 'TrainingError',
    about: 'input',
    means: 'The loss or the gradients became no numbers; the last checkpoint is whole.',
  },
  TRAINING_REFUSED: {
    error: 'TrainingError',
    about: 'input',
    means: 'A training run cannot begin or go on as asked.',
  },
  USAGE: {
    error: 'UsageError',
    about: 'input',
    means: 'A command was given something that it cannot take.',
  },
  VIDEO_FAILED: {
    error: 'VideoError',
    about: 'input',
    means: 'A video cannot be read, joined or written, or there is no FFmpeg that could.',
  },
};
