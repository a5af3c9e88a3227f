import { isMainThread } from 'node:worker_threads';
import { DeviceError } from '../devices.ts';

/** ONNX Runtime's own switch. It is read once, when the library makes its environment for the first session of the process. */
const ortVariable = 'ORT_DISABLE_TELEMETRY';
/** Ours: `1` leaves ONNX Runtime as its makers ship it. */
const ownVariable = 'MOVIEDREAMER_ORT_TELEMETRY';

/**
 * Turns ONNX Runtime's telemetry off, before its library is loaded: on Linux and macOS it keeps a device id and an event
 * database below the home folder and sends events to its maker. A value that the user gave `ORT_DISABLE_TELEMETRY` stays,
 * and `MOVIEDREAMER_ORT_TELEMETRY=1` changes nothing at all.
 * @throws DeviceError in a worker thread whose process has not turned it off: `process.env` there is a copy that native
 * code does not see
 */
export function disableTelemetry(
  environment: NodeJS.ProcessEnv = process.env,
  isRealEnvironment: boolean = isMainThread,
): void {
  if (environment[ortVariable] || environment[ownVariable] === '1') return;
  if (!isRealEnvironment) {
    throw new DeviceError(
      `MovieDreamer was started in a worker thread, where it cannot turn ONNX Runtime's telemetry off. Set ${ortVariable}=1 for ` +
        `the process, or write process.env.${ortVariable} = '1' in the main thread before it starts the worker; ` +
        `${ownVariable}=1 allows the telemetry`,
    );
  }
  environment[ortVariable] = '1';
}
