import { readFile } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import { keyOf } from '../files/index.ts';
import type { Capabilities, ClipMaker, KeyframeMaker, MakerContext, OwnMakers } from '../film/index.ts';
import { RateLimiter } from '../http/index.ts';
import { type AiSdkModel, aiSdkFilm, aiSdkPicture, isAiSdkModel } from './aiSdk.ts';
import { ComfyUi } from './comfyui.ts';
import { bindingsOf, parseWorkflow } from './comfyWorkflow.ts';
import type { ComfyChoice, ModelChoice, ModelChoices, ModuleChoice, OpenAiChoice } from './modelsFile.ts';
import { OpenAiServer } from './openai.ts';
import { ModelsFileError } from './providerError.ts';
import { clipsBy, type FilmAsked, keyframesBy, type PictureAsked } from './source.ts';

type Stage = keyof ModelChoices;
type Environment = Readonly<Record<string, string | undefined>>;

/** Seconds between two polls. */
const PAUSE = 2;

/** Seconds from which waiting for a limit is told. */
const NOTABLE = 10;

/**
 * The makers that a file of models chooses. Reads workflows and loads modules; sends no request.
 * @throws ModelsFileError for a workflow, module or key that is not there or not as expected
 */
export async function makersOf(choices: ModelChoices, env: Environment = process.env): Promise<OwnMakers> {
  const { keyframes, clips } = choices;
  return {
    ...(keyframes ? { keyframe: await build<KeyframeMaker>('keyframes', keyframes, env) } : {}),
    ...(clips ? { clip: await build<ClipMaker>('clips', clips, env) } : {}),
    record: choices,
  };
}

async function build<T extends KeyframeMaker | ClipMaker>(
  stage: Stage,
  choice: ModelChoice,
  env: Environment,
): Promise<T> {
  const made =
    'comfyui' in choice
      ? comfyMaker(stage, choice, env)
      : 'openai' in choice
        ? openAiMaker(stage, choice, env)
        : moduleMaker(stage, choice);
  return limited((await made) as T, choice);
}

/** The maker, which asks no more often than the file of models allows. */
function limited<T extends KeyframeMaker | ClipMaker>(maker: T, { limit }: ModelChoice): T {
  if (!limit) return maker;
  const limiter = new RateLimiter(limit);
  const own = maker.make.bind(maker) as (request: never, context: MakerContext) => Promise<never>;
  const make = (request: never, context: MakerContext): Promise<never> => {
    const { order, signal, onNotice } = context;
    const begin = async (): Promise<void> => {
      await limiter.wait(signal, (seconds) => {
        if (seconds >= NOTABLE) onNotice(`waits ${Math.ceil(seconds)} s for the limit of ${maker.id}`);
      });
      await order.begin();
    };
    return own(request, { ...context, order: { ...order, begin } });
  };
  return Object.create(maker, { make: { value: make, enumerable: true } }) as T;
}

function keyOfEnvironment({ keyFrom }: ModelChoice, env: Environment): string | undefined {
  if (keyFrom === undefined) return undefined;
  const key = env[keyFrom]?.trim();
  if (key) return key;
  throw new ModelsFileError(
    `keyFrom: the variable ${keyFrom} is not set; export ${keyFrom}=... and try again`,
  );
}

function terms(
  choice: ModelChoice,
  usual: Pick<Capabilities, 'references' | 'guide' | 'before' | 'lastFrame' | 'seed'>,
): Capabilities {
  const { allow = [], seconds, price, time, parallel } = choice;
  return {
    references: choice.references ?? usual.references,
    guide: choice.guide ?? usual.guide,
    ...((choice.before ?? usual.before) ? { before: true } : {}),
    ...(usual.lastFrame ? { lastFrame: true } : {}),
    seed: choice.seed ?? usual.seed,
    seconds: seconds && [...seconds].sort((a, b) => a - b),
    ...{ allow, price, time, parallel },
  };
}

async function comfyMaker(
  stage: Stage,
  choice: ComfyChoice,
  env: Environment,
): Promise<KeyframeMaker | ClipMaker> {
  const file = choice.workflow;
  const text = await readFile(file, 'utf8').catch((cause: Error) => {
    throw new ModelsFileError(`the workflow ${file} cannot be read (${cause.message}); check the path`, {
      cause,
    });
  });
  const workflow = parseWorkflow(text, file);
  const bind = bindingsOf(workflow, choice.bind ?? {}, file);
  const { references = [], guide, before, lastFrame, seed } = bind;
  const needed = stage === 'clips' ? 'keyframe' : 'prompt';
  if (bind[needed] === undefined)
    throw new ModelsFileError(
      `${file}: ${stage} need a binding for ${needed}; "moviedreamer models workflow ${file}" lists nodes and inputs`,
    );
  if (choice.guide && !guide)
    throw new ModelsFileError(`${file}: guide: true needs a binding for it, such as guide: "12.image"`);
  if (choice.before && !before)
    throw new ModelsFileError(`${file}: before: true needs a binding for it, such as before: "13.image"`);
  if ((choice.references ?? 0) > references.length)
    throw new ModelsFileError(
      `${file}: ${choice.references} references need as many bindings, got ${references.length}`,
    );
  const pause = choice.poll ?? PAUSE;
  const server = new ComfyUi({
    url: choice.comfyui,
    workflow,
    bind,
    pause,
    key: keyOfEnvironment(choice, env),
    onStop: choice.onStop ?? 'cancel',
  });
  const source = {
    id: 'comfyui',
    options: { workflow: keyOf(workflow), bind, ...(choice.fps === undefined ? {} : { fps: choice.fps }) },
    takes: terms(choice, {
      references: references.length,
      guide: guide !== undefined,
      before: stage === 'keyframes' && before !== undefined,
      lastFrame: stage === 'clips' && lastFrame !== undefined,
      seed: seed !== undefined,
    }),
  };
  const plain = ({
    prompt,
    seed: drawn,
    width,
    height,
  }: Omit<PictureAsked, 'references' | 'guide' | 'before'>) => ({
    ...{ prompt, width, height },
    ...(drawn === undefined ? {} : { seed: drawn }),
  });
  if (stage === 'clips')
    return clipsBy({
      ...source,
      film: (asked, context) => {
        const fps = choice.fps ?? asked.fps;
        const frames = 4 * Math.ceil((asked.seconds * fps) / 4) + 1; // what Wan takes: 1 more than a multiple of 4
        const { keyframe, lastFrame } = asked;
        const ends = lastFrame ? { lastFrame } : {};
        return server.run({ ...plain(asked), keyframe, ...ends, frames, fps }, 'film', context);
      },
    });
  return keyframesBy({
    ...source,
    picture: (asked, context) => {
      const { references, guide, before } = asked;
      const more = { ...(guide ? { guide } : {}), ...(before ? { before } : {}) };
      return server.run({ ...plain(asked), references, ...more }, 'picture', context);
    },
  });
}

async function openAiMaker(
  stage: Stage,
  choice: OpenAiChoice,
  env: Environment,
): Promise<KeyframeMaker | ClipMaker> {
  const { openai, model, options = {}, idempotency = false, poll = PAUSE } = choice;
  const key = keyOfEnvironment(choice, env);
  const server = new OpenAiServer({ url: openai, model, key, pause: poll, options, idempotency });
  const source = {
    id: 'openai',
    options: { model, options, ...(choice.size === undefined ? {} : { size: choice.size }) },
    takes: terms(choice, { references: 0, guide: false, seed: false }),
  };
  const [width, height] = choice.size?.split('x').map(Number) ?? [];
  const sized = <T extends PictureAsked | FilmAsked>(asked: T): T => ({
    ...asked,
    ...(width && height ? { width, height } : {}),
  });
  return stage === 'clips'
    ? clipsBy({ ...source, film: (asked, context) => server.film(sized(asked), context) })
    : keyframesBy({ ...source, picture: (asked, context) => server.picture(sized(asked), context) });
}

async function moduleMaker(stage: Stage, choice: ModuleChoice): Promise<KeyframeMaker | ClipMaker> {
  const { module, export: name, idempotency = false, providerOptions = {}, poll = PAUSE } = choice;
  let found: Record<string, unknown>;
  try {
    found = await import(isAbsolute(module) ? pathToFileURL(module).href : module);
  } catch (cause) {
    throw new ModelsFileError(`the module ${module} cannot be loaded (${(cause as Error).message})`, {
      cause,
    });
  }
  const value = await found[name];
  const { make, id, version } = Object(value) as Record<string, unknown>;
  if (typeof make === 'function' && typeof id === 'string' && typeof version === 'string')
    return value as KeyframeMaker | ClipMaker;
  if (!isAiSdkModel(value))
    throw new ModelsFileError(
      `${module}: its export "${name}" is ${name in found ? 'neither a maker nor a model of the AI SDK (specification v3 or v4)' : `missing; it has ${Object.keys(found).sort().join(', ') || 'no exports'}`}`,
    );
  const model: AiSdkModel = value;
  const own = { model, pause: poll, idempotency, providerOptions };
  const source = {
    id: model.provider,
    options: { model: model.modelId, providerOptions },
    takes: terms(choice, { references: 0, guide: false, seed: true }),
  };
  return stage === 'clips'
    ? clipsBy({ ...source, film: (asked, context) => aiSdkFilm(own, asked, context) })
    : keyframesBy({ ...source, picture: (asked, context) => aiSdkPicture(own, asked, context) });
}
