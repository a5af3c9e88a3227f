import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { type Capabilities, type Waivable, waivables } from '../film/index.ts';
import type { Rate } from '../http/index.ts';
import { nearest, parseYaml, ScriptError } from '../script/index.ts';
import type { Bindings } from './comfyWorkflow.ts';
import { ModelsFileError } from './providerError.ts';

const place = z.string().regex(/^.+\..+$/, 'expected "node.input", such as 6.text');
const bind = z
  .strictObject({
    ...{ prompt: place, seed: place, width: place, height: place, frames: place, fps: place },
    references: z.array(place).max(20).describe('Where portraits go, in the order of their numbers'),
    guide: place.describe('Where our own keyframe goes'),
    before: place.describe('Where the keyframe of the shot before goes'),
    lastFrame: place.describe('Where the keyframe of the next shot goes, with which a clip ends'),
    keyframe: place.describe('Where the keyframe goes that a clip begins with'),
  })
  .partial();

const url = z
  .url({ protocol: /^https?$/, error: 'expected an address with http:// or https://' })
  .refine((text) => !URL.canParse(text) || (new URL(text).username === '' && new URL(text).search === ''), {
    error: 'an address must hold no name, password or query: name a variable of the environment with keyFrom',
  });
const seconds = z
  .array(z.number().positive().max(600))
  .min(1)
  .describe('Lengths of clips that the model makes, in seconds; default: any');

const common = {
  keyFrom: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'expected the name of a variable of the environment')
    .optional()
    .describe('Name of the variable of the environment that has the key; keys stand in no file'),
  references: z.int().min(0).max(20).optional().describe('How many portraits a request takes'),
  guide: z.boolean().optional().describe('Gives our own keyframe along, for the composition'),
  before: z.boolean().optional().describe('Gives the keyframe of the shot before along'),
  seed: z.boolean().optional().describe('Whether the model takes a seed'),
  seconds: seconds.optional(),
  fps: z.number().positive().max(240).optional().describe('Frames a second that are asked for'),
  allow: z.array(z.enum(waivables)).optional().describe('What the film does without where the model cannot'),
  price: z
    .strictObject({ call: z.number().min(0).optional(), second: z.number().min(0).optional() })
    .optional()
    .describe('Of one request, and of each second of a clip'),
  time: z
    .strictObject({ call: z.number().min(0).optional(), second: z.number().min(0).optional() })
    .optional()
    .describe('Seconds that a request takes, and each second of a clip; for --estimate'),
  limit: z
    .strictObject({ requests: z.int().min(1).max(1_000_000), seconds: z.number().positive().max(86_400) })
    .optional()
    .describe('No more than so many requests within so many seconds'),
  parallel: z.int().min(1).max(64).optional().describe('Most requests at a time; default 1'),
  poll: z.number().min(0.01).max(600).optional().describe('Seconds between two polls; default 2'),
};

const kinds = {
  comfyui: z.strictObject({
    comfyui: url.describe('Address of a ComfyUI server'),
    workflow: z.string().min(1).describe('A workflow in the API format, relative to this file'),
    bind: bind.optional(),
    onStop: z
      .enum(['cancel', 'keep'])
      .optional()
      .describe('What Ctrl-C does to a prompt: cancels it (the default), or leaves it to be fetched later'),
    ...common,
  }),
  openai: z.strictObject({
    openai: url.describe("Address of a server with OpenAI's endpoints, with its version"),
    model: z.string().min(1),
    size: z
      .string()
      .regex(/^\d+x\d+$/, 'expected WIDTHxHEIGHT')
      .optional()
      .describe("What is asked for; default: the film's size"),
    options: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
    idempotency: z.boolean().optional().describe('Whether the server knows an Idempotency-Key again'),
    ...common,
  }),
  module: z.strictObject({
    module: z.string().min(1).describe('A JavaScript module, relative to this file'),
    export: z.string().min(1),
    providerOptions: z.record(z.string(), z.unknown()).optional(),
    idempotency: z.boolean().optional().describe('Whether the provider knows an Idempotency-Key again'),
    ...common,
  }),
};

/** What all choices have; see the schema's descriptions. */
export interface CommonChoice {
  readonly keyFrom?: string | undefined;
  readonly references?: number | undefined;
  readonly guide?: boolean | undefined;
  readonly before?: boolean | undefined;
  readonly seed?: boolean | undefined;
  readonly seconds?: readonly number[] | undefined;
  readonly fps?: number | undefined;
  readonly allow?: readonly Waivable[] | undefined;
  readonly price?: Capabilities['price'];
  readonly time?: Capabilities['time'];
  readonly limit?: Rate | undefined;
  readonly parallel?: number | undefined;
  readonly poll?: number | undefined;
}

export interface ComfyChoice extends CommonChoice {
  readonly comfyui: string;
  readonly workflow: string;
  readonly bind?: Bindings | undefined;
  readonly onStop?: 'cancel' | 'keep' | undefined;
}

export interface OpenAiChoice extends CommonChoice {
  readonly openai: string;
  readonly model: string;
  readonly size?: string | undefined;
  readonly options?: Readonly<Record<string, string | number | boolean>> | undefined;
  readonly idempotency?: boolean | undefined;
}

export interface ModuleChoice extends CommonChoice {
  readonly module: string;
  readonly export: string;
  readonly providerOptions?: Readonly<Record<string, unknown>> | undefined;
  readonly idempotency?: boolean | undefined;
}

export type ModelChoice = ComfyChoice | OpenAiChoice | ModuleChoice;

/** Who makes the keyframes and clips of a film; what is left out is the preset's own. Paths are absolute. */
export interface ModelChoices {
  readonly keyframes?: ModelChoice | undefined;
  readonly clips?: ModelChoice | undefined;
}

/** The JSON Schema (draft 2020-12) of a file of models, for editors. */
export function modelsJsonSchema(): Record<string, unknown> {
  const one = z.union([kinds.comfyui, kinds.openai, kinds.module]);
  const file = z.strictObject({ keyframes: one.optional(), clips: one.optional() });
  return { ...z.toJSONSchema(file.meta({ title: 'MovieDreamer models' }), { io: 'input' }) };
}

/** Reads a file of models. @throws ModelsFileError with line, column and remedy of every problem */
export async function readModels(path: string): Promise<ModelChoices> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new ModelsFileError(`${path} cannot be read (${(cause as Error).message}); check the path`, {
      cause,
    });
  }
  return parseModels(text, path);
}

/** The same of a text; `file` is its path. */
export function parseModels(text: string, file: string): ModelChoices {
  let source: ReturnType<typeof parseYaml>;
  try {
    source = parseYaml(text, file);
  } catch (error) {
    if (ScriptError.isInstance(error)) throw new ModelsFileError(error.message, { cause: error });
    throw error;
  }
  const problems = findProblems(source.data);
  if (problems.length > 0) {
    const located = problems.map((problem) => ({ ...problem, ...source.locate(problem.path, problem.key) }));
    located.sort((a, b) => a.line - b.line || a.column - b.column);
    throw new ModelsFileError(
      located.map(({ line, column, message }) => `${file}:${line}:${column}: ${message}`).join('\n'),
    );
  }
  const beside = (path: string): string => resolve(dirname(file), path);
  const choices = Object.entries(source.data as Record<string, ModelChoice>).map(([stage, choice]) => [
    stage,
    {
      ...choice,
      ...('workflow' in choice ? { workflow: beside(choice.workflow) } : {}),
      ...('module' in choice && /^(\.|\/|[A-Za-z]:[\\/])/.test(choice.module)
        ? { module: beside(choice.module) }
        : {}),
    },
  ]);
  return Object.fromEntries(choices) as ModelChoices;
}

/** What run.json remembers, checked again. @throws ModelsFileError where it was changed by hand into something else */
export function rememberedModels(record: unknown, file: string): ModelChoices {
  const [problem] = findProblems(record);
  if (!problem) return record as ModelChoices;
  throw new ModelsFileError(
    `${file}: its models (${problem.path.join('.')}): ${problem.message}; give --models FILE again`,
  );
}

interface Found {
  readonly path: readonly PropertyKey[];
  readonly key?: boolean;
  readonly message: string;
}

function findProblems(data: unknown): Found[] {
  if (typeof data !== 'object' || data === null || Array.isArray(data) || Object.keys(data).length === 0)
    return [
      {
        path: [],
        message: 'expected keyframes, clips or both, each with a model; see docs/external-models.md',
      },
    ];
  return Object.entries(data).flatMap(([stage, choice]): Found[] => {
    if (stage !== 'keyframes' && stage !== 'clips')
      return [{ path: [stage], key: true, message: `there is no "${stage}"; expected keyframes or clips` }];
    return findInChoice(stage, choice);
  });
}

const kindNames = Object.keys(kinds) as (keyof typeof kinds)[];

function findInChoice(stage: string, choice: unknown): Found[] {
  const given = kindNames.filter((name) => Object.hasOwn(Object(choice), name));
  const [kind] = given;
  if (given.length !== 1 || !kind)
    return [
      {
        path: [stage],
        message: `${stage} must have one of comfyui, openai and module, got ${given.join(' and ') || 'none of them'}`,
      },
    ];
  const result = kinds[kind].safeParse(choice);
  const known = Object.keys(kinds[kind].shape);
  return (result.error?.issues ?? []).flatMap((issue): Found[] => {
    const path = [stage, ...issue.path];
    if (issue.code !== 'unrecognized_keys') return [{ path, message: `${path.join('.')}: ${issue.message}` }];
    return issue.keys.map((key) => ({
      path: [...path, key],
      key: true,
      message: unknownKey(key, issue.path, known),
    }));
  });
}

function unknownKey(key: string, at: readonly PropertyKey[], known: readonly string[]): string {
  if (/^(api_?)?key$|token|secret|authorization/i.test(key))
    return `"${key}": keys stand in no file; put it into a variable of the environment and write keyFrom: ITS_NAME`;
  const parts: Readonly<Record<string, readonly string[]>> = {
    bind: Object.keys(bind.shape),
    price: ['call', 'second'],
    time: ['call', 'second'],
    limit: ['requests', 'seconds'],
  };
  const names = parts[String(at[0])] ?? known;
  const guess = nearest(key, names);
  return `there is no "${key}" here; ${guess ? `did you mean "${guess}"?` : `expected ${names.join(', ')}`}`;
}
