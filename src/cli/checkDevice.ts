import { allOps, deviceParity, type OpParity } from '../conformance/index.ts';
import { type DeviceName, WorkerHost } from '../runtime/index.ts';
import { columns } from './columns.ts';
import { ProgressBar } from './progress.ts';
import type { Terminal } from './terminal.ts';

/** A device as `doctor` found it. */
export interface DeviceReport {
  readonly device: DeviceName;
  /** Whether it computes in half precision, for `--precision fp16`. */
  readonly float16: boolean;
  readonly ops: readonly OpParity[];
}

/** Runs every op's cases on a device, beside the CPU. Throws `DeviceError` where the device is not there. */
export async function checkDevice(name: DeviceName, terminal: Terminal): Promise<DeviceReport> {
  // NVIDIA's libraries round factors to 10 bits (TF32) where they may: that is no mistake of an op
  if (name === 'cuda') process.env.NVIDIA_TF32_OVERRIDE = '0';
  const device = await WorkerHost.start({ device: name });
  const half = await inHalfPrecision(name);
  const cpu = await WorkerHost.start({ threads: 1 });
  const ops: OpParity[] = [];
  const bar = new ProgressBar(terminal, name, allOps.length);
  try {
    for await (const op of deviceParity({ cpu, device, half })) {
      ops.push(op);
      bar.update(ops.length, op.op);
    }
  } finally {
    await device.close();
    await half?.close();
    await cpu.close();
  }
  terminal.status?.('');
  return { device: name, float16: half !== undefined, ops };
}

/** The device once more, where it computes in half precision. */
async function inHalfPrecision(device: DeviceName): Promise<WorkerHost | undefined> {
  return WorkerHost.start({ device, precision: 'float16' }).catch(() => undefined);
}

/** The report in a line. */
export function summaryOf({ float16, ops }: DeviceReport): string {
  const bad = ops.filter((op) => !op.ok).map((op) => op.op);
  const halves = ops.flatMap(({ halfError }) => (halfError === undefined ? [] : [halfError]));
  const half = float16
    ? `with --precision fp16, ${halves.length} of them to ${Math.max(...halves).toExponential(1)}`
    : 'no half precision';
  if (bad.length > 0) return `WRONG in ${bad.join(', ')}: not to be used`;
  const worst = Math.max(...ops.map((op) => op.error)).toExponential(1);
  const shared = ops.filter((op) => op.onCpu.length > 0).length;
  return `works: ${ops.length} ops as on the CPU, to ${worst}; ${shared} run there in part; ${half}`;
}

/** A line for each op. */
export function tableOf({ device, float16, ops }: DeviceReport): string[] {
  const head = ['op', 'cases', 'worst error', ...(float16 ? ['fp16'] : []), 'runs on', ''];
  const short = (error = Number.NaN): string => (Number.isFinite(error) ? error.toExponential(1) : '-');
  const rows = ops.map(({ op, cases, error, halfError, ok, onCpu, skipped, problem }) => [
    op,
    `${cases}`,
    short(error),
    ...(float16 ? [short(halfError)] : []),
    onCpu.length === 0 ? device : `${device}, CPU for ${onCpu.join(' ')}`,
    ok ? `ok${skipped > 0 ? ` (${skipped} left out: no half precision here)` : ''}` : `FAIL ${problem}`,
  ]);
  return columns([head, ...rows]);
}
