import {
  type Capabilities,
  type ClipMaker,
  type ClipRequest,
  type KeyframeMaker,
  type KeyframeRequest,
  type MakerContext,
  type MakerIdentity,
  secondsToAsk,
} from '../film/index.ts';
import { encodePng } from '../media/index.ts';
import { CameToNothing } from './orders.ts';
import { clipOf, pictureOf, type Result } from './results.ts';

/** What a model gave, and what it says that it could not honour. */
export interface Made extends Result {
  readonly warnings?: readonly string[] | undefined;
}

/** What all models elsewhere have in common. */
export interface Source {
  /** `comfyui`, `openai`, or the provider's own name. */
  readonly id: string;
  /** What decides, beside the request, what the model makes; without secrets and addresses. */
  readonly options: MakerIdentity['options'];
  readonly takes: Capabilities;
}

export interface PictureAsked extends Pick<KeyframeRequest, 'prompt'> {
  /** Undefined for a model without seeds. */
  readonly seed: number | undefined;
  readonly width: number;
  readonly height: number;
  /** In the order in which the prompt names them. */
  readonly references: readonly Uint8Array[];
  /** PNG. */
  readonly guide: Uint8Array | undefined;
  /** The keyframe of the shot before, PNG. */
  readonly before: Uint8Array | undefined;
}

export interface FilmAsked extends Omit<PictureAsked, 'references' | 'guide' | 'before'> {
  /** The keyframe of the next shot, PNG. */
  readonly lastFrame: Uint8Array | undefined;
  /** PNG. */
  readonly keyframe: Uint8Array;
  readonly seconds: number;
  readonly fps: number;
}

/** For models that take pictures in a list: all of them, and the prompt that says what each behind the portraits is. */
export function withPictures({ references, guide, before, prompt }: PictureAsked): {
  readonly pictures: readonly Uint8Array[];
  readonly prompt: string;
} {
  const pictures = [...references];
  const sentences = [prompt];
  for (const [picture, what] of [
    [guide, 'shows the composition to follow'],
    [before, 'is the shot before: people and place look the same'],
  ] as const) {
    if (picture) sentences.push(`Picture ${pictures.push(picture)} ${what}.`);
  }
  return { pictures, prompt: sentences.join('\n') };
}

const identity = ({ id, options, takes }: Source): MakerIdentity => ({
  ...{ id, version: '1', deterministic: false, options, takes },
});

const disposable = { [Symbol.asyncDispose]: async (): Promise<void> => {} };

/** One seed for a shot and a take: 32 bits without a sign, which all servers take. */
const seedOf = (
  { seed, take, index }: KeyframeRequest | ClipRequest,
  takes: Capabilities,
): number | undefined => (takes.seed ? (seed * 1_000_003 + index * 1009 + take) % 2 ** 32 : undefined);

/** A maker of keyframes from a model that gives the bytes of a picture. */
export function keyframesBy(
  source: Source & { picture(asked: PictureAsked, context: MakerContext): Promise<Made> },
): KeyframeMaker {
  return {
    ...identity(source),
    ...disposable,
    make: async (request, context) => {
      const { width, height } = request.settings;
      const asked: PictureAsked = {
        ...{ prompt: request.prompt, seed: seedOf(request, source.takes), width, height },
        references: await Promise.all(request.references.map((reference) => reference.read())),
        guide: request.guide && (await encodePng(await request.guide())),
        before: request.before && (await encodePng(await request.before())),
      };
      const made = await source.picture(asked, context);
      const image = await dropping(context, pictureOf(`${source.id}, shot ${request.index + 1}`, made));
      return { image, warnings: made.warnings ?? [], provenance: { madeElsewhere: true } };
    },
  };
}

/** A maker of clips from a model that gives the bytes of a film. */
export function clipsBy(
  source: Source & { film(asked: FilmAsked, context: MakerContext): Promise<Made> },
): ClipMaker {
  return {
    ...identity(source),
    ...disposable,
    make: async (request, context) => {
      const { width, height } = request.keyframe;
      const asked: FilmAsked = {
        ...{ prompt: request.prompt, seed: seedOf(request, source.takes), width, height },
        keyframe: await encodePng(request.keyframe),
        lastFrame: request.next && (await encodePng(request.next)),
        seconds: secondsToAsk(request.seconds, source.takes),
        fps: request.settings.movieFps,
      };
      const made = await source.film(asked, context);
      const who = `${source.id}, shot ${request.index + 1}`;
      const wanted = { seconds: request.seconds, allow: source.takes.allow };
      const { frames, fps, sound, warnings, conformed } = await dropping(context, clipOf(who, made, wanted));
      return {
        ...{ frames, fps, sound, warnings: [...(made.warnings ?? []), ...warnings] },
        provenance: { madeElsewhere: true, conformed },
      };
    },
  };
}

/** A result of the wrong kind ends its order: fetched again, it would be the same. */
async function dropping<T>({ order }: MakerContext, result: Promise<T>): Promise<T> {
  try {
    return await result;
  } catch (error) {
    if (error instanceof CameToNothing) await order.drop();
    throw error;
  }
}
