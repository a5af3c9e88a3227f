import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname, networkInterfaces } from 'node:os';

/**
 * A process, told apart from all others on all machines. A number alone does not: numbers come again, every container
 * has a process 1, and a shared folder is seen by many machines.
 */
export interface ProcessIdentity {
  /** The machine's name, for people. */
  readonly host: string;
  /** Equal for processes that see each other's numbers: same boot of the same machine, same pid namespace. */
  readonly scope: string;
  readonly pid: number;
  /** When the process started, in a unit of the system's own (Linux: clock ticks since the boot); 0 where it is unknown. */
  readonly started: number;
}

/** What can be said of a process from here. */
export type Liveness = 'running' | 'ended' | 'unknown';

let own: ProcessIdentity | undefined;

/** The process that this code runs in. */
export function thisProcess(): ProcessIdentity {
  own ??= {
    host: hostname(),
    scope: readScope(),
    pid: process.pid,
    started: statusOf('self')?.started ?? 0,
  };
  return own;
}

export const isThisProcess = ({ scope, pid, started }: ProcessIdentity): boolean => {
  const self = thisProcess();
  return scope === self.scope && pid === self.pid && started === self.started;
};

/** Whether a process runs. Those of other machines, boots and containers are out of sight, hence unknown. */
export function livenessOf({ scope, pid, started }: ProcessIdentity): Liveness {
  const self = thisProcess();
  if (scope !== self.scope) return 'unknown';
  if (!isRunning(pid)) return 'ended';
  const found = statusOf(pid);
  if (found === undefined || started === 0) return 'unknown'; // of that number there is one: it or another
  return found.isDead || found.started !== started ? 'ended' : 'running';
}

/** Whether there is a process of this number, whichever. */
export function isRunning(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0 || pid > 0x7fffffff) return false;
  try {
    process.kill(pid, 0); // signal 0 only tests
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** When a process of this machine started, in milliseconds since 1970, to about a second; undefined where nothing says it. */
export function startTime(pid: number): number | undefined {
  const status = statusOf(pid);
  const boot = /^btime (\d+)$/m.exec(read('/proc/stat') ?? '')?.[1];
  if (status === undefined || boot === undefined) return undefined;
  const TICKS = 100; // a second, in what Linux shows to programs, on all common processors
  return Number(boot) * 1000 + (status.started / TICKS) * 1000;
}

/** Linux's own words about a process. */
function statusOf(pid: number | 'self'): { started: number; isDead: boolean } | undefined {
  const text = read(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' '); // the name before may hold spaces and brackets
  const started = Number(fields[19]);
  return Number.isSafeInteger(started) ? { started, isDead: /^[ZXx]$/.test(fields[0] ?? '') } : undefined;
}

/** Linux says which boot and which namespace this is; elsewhere the machine is known by its name and network cards. */
function readScope(): string {
  const parts = [read('/proc/sys/kernel/random/boot_id')?.trim(), namespace()];
  if (parts.includes(undefined)) {
    const cards = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
    const macs = new Set(cards.filter((card) => !card.internal).map((card) => card.mac));
    parts.push(process.platform, hostname(), ...[...macs].sort());
  }
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 16);
}

function namespace(): string | undefined {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return undefined;
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
