import type { MakerContext } from '../film/index.ts';

export interface ProgressSource {
  /** Address of the ComfyUI server. */
  readonly url: string;
  /** Sent as bearer token. */
  readonly key: string | undefined;
  /** The `client_id` that prompts are ordered with: their progress is told to it alone. */
  readonly clientId: string;
}

/**
 * Listens to a ComfyUI server's WebSocket for the steps of a client's prompts. Progress is a help and no more: a server or a
 * proxy without WebSockets is no error, and nothing waits for the connection.
 * @returns ends it
 */
export async function listenForProgress(
  { url, key, clientId }: ProgressSource,
  onStep: MakerContext['onStep'],
): Promise<() => void> {
  const { WebSocket } = await import('undici'); // Node 20 has none
  const headers = key ? { authorization: `Bearer ${key}` } : {};
  const address = `${url.replace(/\/+$/, '').replace(/^http/i, 'ws')}/ws?clientId=${clientId}`;
  const socket = new WebSocket(address, { headers });
  socket.addEventListener('error', () => {});
  socket.addEventListener('message', ({ data }) => {
    const step = typeof data === 'string' ? stepIn(data) : undefined; // previews are binary
    if (step) onStep(step);
  });
  return () => socket.close();
}

/** The step that a message tells of; undefined where it tells something else. */
export function stepIn(text: string): { readonly step: number; readonly total: number } | undefined {
  let message: Record<string, unknown>;
  try {
    message = Object(JSON.parse(text)) as Record<string, unknown>;
  } catch {
    return undefined;
  }
  const { type, data } = message;
  if (type === 'progress') return stepOf(data);
  if (type !== 'progress_state') return undefined;
  // all nodes of the prompt; those that have steps are samplers and the like
  const running = Object.values(Object(Object(data).nodes) as Record<string, unknown>).filter(
    (node) => Object(node).state === 'running' && Number(Object(node).max) > 1,
  );
  return stepOf(running[0]);
}

function stepOf(value: unknown): { readonly step: number; readonly total: number } | undefined {
  const { value: at, max } = Object(value) as Record<string, unknown>;
  if (typeof at !== 'number' || typeof max !== 'number' || !(max >= 1 && at >= 0)) return undefined;
  return { step: Math.min(max, Math.max(1, Math.round(at))), total: max };
}
