import type { Workflow } from '../providers/comfyWorkflow.ts';
import { type FakeServer, plainFilm, plainPicture, serve } from './fakeServer.ts';

export interface FakeComfy extends FakeServer {
  /** Every prompt that was taken, by its id, in order: one that was taken twice stands here twice. */
  readonly ordered: string[];
  /** The last workflow that was taken. */
  workflow(): Record<string, { inputs: Record<string, unknown> }>;
  /** What the history says of prompts from now on. */
  outcome: { status_str: string; messages: unknown[] } | undefined;
}

interface Prompt {
  readonly body: { prompt: Record<string, { inputs: Record<string, unknown> }>; extra_data: object };
  polls: number;
}

/** ComfyUI's API as far as it is used. A prompt is done at the second look; workflows with a `frames` node save a film. */
export async function startFakeComfy({
  filmSeconds = 2,
}: {
  readonly filmSeconds?: number;
} = {}): Promise<FakeComfy> {
  const ordered: string[] = [];
  const prompts = new Map<string, Prompt>();
  const [film, picture] = [await plainFilm(filmSeconds), await plainPicture(64, 64)];
  let last: Prompt['body']['prompt'] = {};
  const isFilm = ({ body }: Prompt): boolean => 'film' in body.prompt;
  const own: Pick<FakeComfy, 'outcome'> = { outcome: undefined };
  const entry = (id: string, { body }: Prompt): unknown[] => [1, id, body.prompt, body.extra_data, []];
  const done = (id: string, prompt: Prompt): object => ({
    prompt: entry(id, prompt),
    status: own.outcome ?? { status_str: 'success', messages: [['execution_success', {}]] },
    outputs: own.outcome
      ? {}
      : {
          '9': { images: [{ filename: isFilm(prompt) ? 'a.mp4' : 'a.png', subfolder: '', type: 'output' }] },
        },
  });
  const server = await serve(async ({ method, path, body }) => {
    const { pathname, searchParams } = new URL(path, 'http://x');
    if (method === 'POST' && pathname === '/upload/image')
      return { json: { name: /filename="([^"]+)"/.exec(body)?.[1], subfolder: '', type: 'input' } };
    if (method === 'POST' && pathname === '/prompt') {
      const asked = JSON.parse(body) as Prompt['body'] & { prompt_id: string };
      ordered.push(asked.prompt_id);
      prompts.set(asked.prompt_id, { body: asked, polls: 0 });
      last = asked.prompt;
      return { json: { prompt_id: asked.prompt_id, number: 1, node_errors: {} } };
    }
    if (pathname === '/queue') {
      const waiting = [...prompts].filter(([, { polls }]) => polls < 2);
      return { json: { queue_running: waiting.map(([id, prompt]) => entry(id, prompt)), queue_pending: [] } };
    }
    if (pathname === '/history') {
      const over = [...prompts].filter(([, { polls }]) => polls >= 2);
      return { json: Object.fromEntries(over.map(([id, prompt]) => [id, done(id, prompt)])) };
    }
    const [, id = ''] = /^\/history\/(.+)$/.exec(pathname) ?? [];
    const prompt = prompts.get(id);
    if (pathname.startsWith('/history/')) {
      if (prompt) prompt.polls++;
      return { json: prompt && prompt.polls >= 2 ? { [id]: done(id, prompt) } : {} };
    }
    if (pathname !== '/view') return undefined;
    return searchParams.get('filename')?.endsWith('.mp4')
      ? { bytes: film, type: 'video/mp4' }
      : { bytes: picture, type: 'image/png' };
  });
  return Object.assign(own, server, { ordered, workflow: () => last }) as FakeComfy;
}

/** A workflow in the API format for a keyframe: a prompt, a seed, a size and two portraits. */
export const keyframeWorkflow: Workflow = {
  '3': { class_type: 'KSampler', inputs: { seed: 1, steps: 20, positive: ['6', 0], latent_image: ['5', 0] } },
  '5': { class_type: 'EmptyLatentImage', inputs: { width: 512, height: 512, batch_size: 1 } },
  '6': { class_type: 'TextEncode', inputs: { text: 'a cat', image1: ['10', 0], image2: ['11', 0] } },
  '9': { class_type: 'SaveImage', inputs: { images: ['3', 0] } },
  '10': { class_type: 'LoadImage', inputs: { image: 'example.png' } },
  '11': { class_type: 'LoadImage', inputs: { image: 'example.png' } },
};

/** One for a clip. Node `film` tells the fake server what it is. */
export const clipWorkflow: Workflow = {
  '3': { class_type: 'KSampler', inputs: { noise_seed: 1, positive: ['6', 0] } },
  '6': { class_type: 'TextEncode', inputs: { text: 'a cat' } },
  '7': {
    class_type: 'ImageToVideo',
    inputs: { start_image: ['10', 0], width: 512, height: 512, length: 81 },
  },
  '10': { class_type: 'LoadImage', inputs: { image: 'example.png' } },
  film: { class_type: 'SaveVideo', inputs: { video: ['7', 0], fps: 16 } },
};
