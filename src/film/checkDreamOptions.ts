import {
  aBoolean,
  aNumber,
  aPath,
  aSignal,
  type OptionCheck,
  oneOf,
  valueInWords,
  wrongOption,
} from '../base/optionChecks.ts';
import { samplerNames } from '../inference/index.ts';
import { deviceNames } from '../runtime/index.ts';
import type { Script } from '../script/index.ts';
import { dreamStages } from './events.ts';
import { RunError } from './run/runError.ts';

type RunSetting = 'steps' | 'guidance' | 'sampler' | 'clipSteps' | 'anchor' | 'memory';
type DreamOption =
  | RunSetting
  | 'out'
  | 'seed'
  | 'stage'
  | 'shots'
  | 'reroll'
  | 'takes'
  | 'choose'
  | 'keepLater'
  | 'resetSettings'
  | 'force'
  | 'repair'
  | 'previews'
  | 'budget'
  | 'orderAgain'
  | 'signal';
type LoadOption = 'device' | 'precision' | 'weights' | 'threads' | 'keepModels' | 'makers';
type Checks = Readonly<Record<string, OptionCheck>>;

const shots: OptionCheck = [
  'a list of numbers or ids of shots',
  (value) =>
    Array.isArray(value) && value.every((item) => typeof item === 'number' || typeof item === 'string'),
];

const choices: OptionCheck = [
  "a list of { shot, take }, with a shot's number or id and a number or 'auto'",
  (value) =>
    Array.isArray(value) &&
    value.every((item) => {
      const { shot, take } = Object(item) as Record<string, unknown>;
      const isNamed = typeof shot === 'number' || typeof shot === 'string';
      return isNamed && (typeof take === 'number' || take === 'auto');
    }),
];

const bytes: OptionCheck = ['a number of bytes above 0', (value) => typeof value === 'number' && value > 0];
const aCount: OptionCheck = [
  'a whole number from 1',
  (value) => Number.isInteger(value) && (value as number) >= 1,
];

/** `id` and `version` are part of keys, so that they must be there. */
const isMaker = (value: unknown): boolean => {
  const { id, version, make } = Object(value) as Record<string, unknown>;
  return typeof id === 'string' && typeof version === 'string' && typeof make === 'function';
};

/** Types of `dream`'s options; ranges of numbers are checked beside the script. */
export const dreamChecks: Readonly<Record<DreamOption, OptionCheck>> = {
  out: aPath,
  seed: aNumber,
  stage: oneOf(dreamStages),
  shots,
  reroll: shots,
  takes: aNumber,
  choose: choices,
  orderAgain: shots,
  keepLater: aBoolean,
  resetSettings: aBoolean,
  force: aBoolean,
  repair: aBoolean,
  previews: aBoolean,
  budget: ['a number from 0', (value) => typeof value === 'number' && value >= 0],
  signal: aSignal,
  steps: aNumber,
  guidance: aNumber,
  sampler: oneOf(samplerNames),
  clipSteps: aNumber,
  anchor: oneOf(['keyframe', 'last-frame']),
  memory: bytes,
};

/** Types of the options of `MovieDreamer.load`. */
export const loadChecks: Readonly<Record<LoadOption, OptionCheck>> = {
  device: oneOf(deviceNames),
  precision: oneOf(['float32', 'float16']),
  weights: aPath,
  threads: aCount,
  keepModels: aBoolean,
  makers: [
    'an object with makers: { keyframe, clip }',
    (value) => [Object(value).keyframe, Object(value).clip].some(isMaker) && typeof value === 'object',
  ],
};

/**
 * Checks the types of what `MovieDreamer.load` is given.
 * @throws RunError that names the option, what was expected and what came
 */
export function checkLoadOptions(preset: unknown, options: unknown, checks: Checks): void {
  if (!aPath[1](preset))
    throw new RunError(
      `MovieDreamer.load: expected the name or the folder of a preset, got ${valueInWords(preset)}`,
    );
  refuse('MovieDreamer.load', wrongOption(checks, options));
}

/**
 * Checks the types of what `dream` is given.
 * @throws RunError that names the option, what was expected and what came
 */
export function checkDreamOptions(script: unknown, options: unknown, checks: Checks): void {
  const { shots, pictures } = Object(script) as Partial<Script>;
  if (!Array.isArray(shots) || !(pictures instanceof Map))
    throw new RunError(
      `dream: expected a script that readScript or createScript made, got ${valueInWords(script)}`,
    );
  refuse('dream', wrongOption(checks, options, ['out']));
}

/**
 * Checks what `MovieDreamer.animate` is given.
 * @throws RunError that names the option, what was expected and what came
 */
export function checkAnimateOptions(options: unknown, checks: Checks): void {
  refuse('MovieDreamer.animate', wrongOption(checks, options));
}

function refuse(who: string, wrong: string | undefined): void {
  if (wrong !== undefined) throw new RunError(`${who}: ${wrong}`);
}
