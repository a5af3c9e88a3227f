import { parentPort, workerData } from 'node:worker_threads';
import { Engine } from '../engine.ts';
import type { Request, Response, WireError, WorkerSettings } from '../protocol.ts';
import { SessionError } from '../sessionError.ts';
import { chooseOutputs, probeDevice } from './ort.ts';

/** Entry of a worker thread: answers calls one after the other, in the order in which they came. */
const port = parentPort;
if (port === null)
  throw new Error('worker.ts runs in a worker thread only; start it through WorkerHost.start');

const settings = workerData as WorkerSettings;
const engine = new Engine(settings);

const wireError = (error: unknown): WireError => {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const { name, message } = error;
  return error instanceof SessionError
    ? { name, message, node: error.node, operator: error.operator }
    : { name, message };
};

/** Results are fresh arrays that nobody else here holds: they move to the caller without a copy. */
function buffersOf(result: unknown, found: ArrayBuffer[] = []): ArrayBuffer[] {
  if (ArrayBuffer.isView(result)) found.push(result.buffer as ArrayBuffer);
  else if (Array.isArray(result)) for (const item of result) buffersOf(item, found);
  else if (typeof result === 'object' && result !== null && 'data' in result) buffersOf(result.data, found);
  return found;
}

const answer = async (id: number, work: () => unknown): Promise<void> => {
  let response: Response;
  try {
    response = { id, result: await work() };
  } catch (error) {
    response = { id, error: wireError(error) };
  }
  port.postMessage(response, 'result' in response ? buffersOf(response.result) : []);
};

let last = answer(0, async () => {
  const { mode } = await chooseOutputs(settings.outputs);
  if (settings.device !== 'cpu') await probeDevice(settings);
  return mode;
});
port.on('message', ({ id, call, args }: Request) => {
  last = last.then(() => answer(id, () => (engine[call] as (args: unknown) => unknown).call(engine, args)));
});
