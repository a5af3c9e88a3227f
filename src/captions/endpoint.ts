import { z } from 'zod';
import { encodePng, type Image, readImage, readPicture } from '../media/index.ts';
import { Chat, type ChatOptions, type ChatRequest, tokensOf } from './chat.ts';
import { cropPerson } from './cropPerson.ts';
import type { Prompts } from './prompts.ts';
import type {
  Captioner,
  Expected,
  FrameCaption,
  ModelIdentity,
  PersonCaption,
  SceneLine,
  SceneRequest,
  Scripter,
} from './types.ts';

/** A model behind OpenAI's chat completions. */
export interface EndpointOptions extends ChatOptions {
  readonly prompts: Prompts;
  /** Tokens that a picture counts for, until answers tell; default: OpenAI's rule for pictures of that size. */
  readonly pictureTokens?: number | undefined;
}

const VERSION = '1';
const sentence = z.string().trim().min(1).max(2000);

const frameAnswer = z.object({ caption: sentence, elements: z.array(z.string().trim().max(200)).max(12) });
const personAnswer = z.object({
  appearance: sentence,
  expression: z.string().trim().max(200),
  action: z.string().trim().max(200),
});
const characterAnswer = z.object({ description: sentence });
const sceneAnswer = z.object({
  shots: z.array(
    z.object({
      elements: z.array(z.string().trim().max(200)).max(12),
      plot: z.array(sentence).min(1).max(8),
      expressions: z.record(z.string(), z.string().trim().max(200)),
    }),
  ),
});

const identityOf = ({ model, options, maxTokens }: EndpointOptions): ModelIdentity => ({
  id: 'openai',
  version: VERSION,
  options: { model, maxTokens, ...options },
});

/** A vision-language model that captions whole frames, and each person cut out of them. */
export function endpointCaptioner(options: EndpointOptions): Captioner {
  const { prompts, pictureTokens } = options;
  const chat = new Chat(options);
  const picture = ({ width, height }: Pick<Image, 'width' | 'height'>, prompt: string): Expected => ({
    input: tokensOf(prompt) + (pictureTokens ?? tilesOf(width, height)),
    output: ANSWER.picture,
  });
  return {
    identity: identityOf(options),
    prompts: { frame: prompts.frame.hash, person: prompts.person.hash },
    expects: {
      frame: async ({ picture: path }) => picture(await readImage(path), prompts.frame.text),
      person: async ({ person }) =>
        picture({ width: person.box[2] * 1.2, height: person.box[3] * 1.2 }, prompts.person.text),
    },
    frame: async ({ picture: path }, context): Promise<FrameCaption> => {
      const bytes = await readPicture(path);
      const request = { name: 'frame', prompt: prompts.frame.text, pictures: [dataUrl(bytes)] };
      const { caption, elements } = await chat.ask({ ...request, answer: frameAnswer }, context);
      return { text: caption, elements: elements.filter((text) => text !== '') };
    },
    person: async ({ picture: path, person }, context): Promise<PersonCaption> => {
      const png = await encodePng(cropPerson(await readImage(path), person.box));
      const request = { name: 'person', prompt: prompts.person.text, pictures: [dataUrl(png)] };
      return chat.ask({ ...request, answer: personAnswer }, context);
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

/** A language model that makes lines of a script from captions. */
export function endpointScripter(options: EndpointOptions & { readonly sceneLength?: number }): Scripter {
  const { prompts, sceneLength = 8 } = options;
  const chat = new Chat(options);
  return {
    identity: identityOf(options),
    prompts: { scene: prompts.scene.hash, character: prompts.character.hash },
    sceneLength,
    expects: {
      scene: (request) => ({
        input: tokensOf(prompts.scene.text + sceneText(request)),
        output: ANSWER.shot * request.shots.length,
      }),
      character: (captions) => ({
        input: tokensOf(prompts.character.text + characterText(captions)),
        output: ANSWER.character,
      }),
    },
    scene: async (request, context): Promise<readonly SceneLine[]> => {
      const answer = await chat.ask(
        {
          ...{ name: 'scene', prompt: prompts.scene.text, text: sceneText(request), answer: sceneAnswer },
          check: ({ shots }) => sceneFault(request, shots),
        } satisfies ChatRequest<z.infer<typeof sceneAnswer>>,
        context,
      );
      return answer.shots.map(({ elements, ...line }) => ({
        ...line,
        elements: elements.filter((text) => text !== ''),
      }));
    },
    character: async (captions, context) => {
      const text = characterText(captions);
      const request = { name: 'character', prompt: prompts.character.text, text, answer: characterAnswer };
      return (await chat.ask(request, context)).description;
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

/** Tokens of usual answers, for estimates until there are measured ones. */
const ANSWER = { picture: 120, shot: 120, character: 50 } as const;

/** OpenAI's count for pictures: 85 and 170 for each tile of 512, of a picture whose shorter side is at most 768. */
function tilesOf(width: number, height: number): number {
  const scale = Math.min(1, 2048 / Math.max(width, height), 768 / Math.min(width, height));
  return 85 + 170 * Math.max(1, Math.ceil((width * scale) / 512) * Math.ceil((height * scale) / 512));
}

function sceneText({ shots }: SceneRequest): string {
  return JSON.stringify({
    shots: shots.map(({ frames, people }) => ({
      frames: frames.map(({ text, elements }) => ({
        caption: text,
        ...(elements.length > 0 ? { elements } : {}),
      })),
      people: Object.fromEntries(people.map(({ label, captions }) => [label, captions.map(inWords)])),
    })),
  });
}

const characterText = (captions: readonly PersonCaption[]): string =>
  JSON.stringify({ captions: captions.map(({ appearance }) => appearance) });

const inWords = ({ appearance, expression, action }: PersonCaption): string =>
  [appearance, expression, action].filter((text) => text !== '').join(' / ');

/** What is wrong with the lines of a scene, of what the schema cannot say. */
function sceneFault(
  { shots }: SceneRequest,
  lines: readonly Pick<SceneLine, 'plot' | 'expressions'>[],
): string | undefined {
  if (lines.length !== shots.length)
    return `shots: expected ${shots.length}, one for each shot of the request, got ${lines.length}`;
  for (const [i, { plot, expressions }] of lines.entries()) {
    const known = (shots[i] as (typeof shots)[number]).people.map(({ label }) => label);
    const named = [...plot.join(' ').matchAll(/\[(P\d+)\]/g)].map(([, label]) => label as string);
    const stranger = [...named, ...Object.keys(expressions)].find((label) => !known.includes(label));
    if (stranger !== undefined)
      return `shots.${i}: ${stranger} is not in this shot; its people are ${known.join(', ') || 'none'}`;
  }
  return undefined;
}

const dataUrl = (bytes: Uint8Array): string =>
  `data:${mediaTypeOf(bytes)};base64,${Buffer.from(bytes).toString('base64')}`;

const mediaTypeOf = ([first]: Uint8Array): string =>
  first === 0xff ? 'image/jpeg' : first === 0x52 ? 'image/webp' : first === 0x47 ? 'image/gif' : 'image/png';
