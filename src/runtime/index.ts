export { DeviceError, type DeviceName, deviceNames } from './devices.ts';
export type { ParameterStore, Resident, SessionHost } from './handles.ts';
export type { OutputMode } from './node/outputMode.ts';
export type { Placement } from './node/placement.ts';
export { cutLayout, layoutParameters, type ParameterSlot, type Range } from './optimizer/parameterLayout.ts';
export type { AdamWOptions, AdamWResult } from './optimizer/parameterStore.ts';
export {
  type AnyArray,
  type StoreArray,
  type StoreOptions,
  storeArrays,
  storeBytes,
} from './optimizer/storeMemory.ts';
export type { SessionTuning } from './protocol.ts';
export { type LoadOptions, type RunOptions, type ScatterTarget, Session } from './session.ts';
export { SessionError } from './sessionError.ts';
export { WorkerHost, type WorkerHostOptions } from './workerHost.ts';
