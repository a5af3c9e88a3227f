import { type FakeServer, plainFilm, plainPicture, serve } from './fakeServer.ts';

export interface FakeOpenAi extends FakeServer {
  /** Idempotency keys of what was made, in order. One that came again gets the same answer and does not stand here twice. */
  readonly ordered: string[];
  /** What a look at a film says from now on, in place of its state. */
  state: object | undefined;
}

/** OpenAI's endpoints for pictures and films. A film is done at the second look. */
export async function startFakeOpenAi({
  filmSeconds = 2,
  hertz,
}: {
  readonly filmSeconds?: number;
  /** Of a tone in its films. */
  readonly hertz?: number;
} = {}): Promise<FakeOpenAi> {
  const ordered: string[] = [];
  const films = new Map<string, number>();
  const [film, picture] = [await plainFilm(filmSeconds, hertz ? { hertz } : {}), await plainPicture(64, 64)];
  const own: Pick<FakeOpenAi, 'state'> = { state: undefined };
  const server = await serve(async ({ method, path }, headers) => {
    const key = String(headers['idempotency-key']);
    const order = (): void => {
      if (!ordered.includes(key)) ordered.push(key);
    };
    if (method === 'POST' && /^\/v1\/images\/(generations|edits)$/.test(path)) {
      order();
      return { json: { data: [{ b64_json: Buffer.from(picture).toString('base64') }] } };
    }
    if (method === 'POST' && path === '/v1/videos') {
      order();
      if (!films.has(key)) films.set(key, 0);
      return { json: { id: key, status: 'queued' } };
    }
    const [, id = '', content] = /^\/v1\/videos\/([^/]+)(\/content)?$/.exec(path) ?? [];
    const looks = films.get(id);
    if (looks === undefined) return undefined;
    if (content) return { bytes: film, type: 'video/mp4' };
    films.set(id, looks + 1);
    const state = looks >= 1 ? { status: 'completed' } : { status: 'in_progress', progress: 50 };
    return { json: { id, ...state, ...own.state } };
  });
  return Object.assign(own, server, { ordered }) as FakeOpenAi;
}
