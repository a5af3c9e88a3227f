import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** An operator of a program, and where ONNX Runtime ran it. */
export interface Placement {
  /** ONNX's name, e.g. `MatMul`. */
  readonly operator: string;
  /** `cpu` where the device has no kernel for it: what it reads and writes then travels. */
  readonly ranOn: 'device' | 'cpu';
  /** Number of nodes with this operator that ran there. */
  readonly nodes: number;
}

/** ONNX Runtime's own profile of a session, in a folder of its own. */
export class Profile {
  private readonly folder = mkdtempSync(join(tmpdir(), 'moviedreamer-profile-'));

  /** Where ONNX Runtime is to write. */
  get prefix(): string {
    return join(this.folder, 'run');
  }

  /** Reads what was written, and removes it. The nodes named in `except` do not count. */
  read(except: ReadonlySet<string>): Placement[] {
    const found = new Map<string, { operator: string; ranOn: Placement['ranOn']; nodes: Set<string> }>();
    for (const file of readdirSync(this.folder)) {
      for (const event of JSON.parse(readFileSync(join(this.folder, file), 'utf8')) as ProfileEvent[]) {
        const { op_name: operator, provider } = event.args ?? {};
        if (!event.name.endsWith('_kernel_time') || !operator || except.has(operator)) continue;
        const ranOn = provider === 'CPUExecutionProvider' ? 'cpu' : 'device';
        const key = `${operator} ${ranOn}`;
        const entry = found.get(key) ?? { operator, ranOn, nodes: new Set() };
        found.set(key, entry);
        entry.nodes.add(event.name);
      }
    }
    this.remove();
    return [...found.values()].map((entry) => ({ ...entry, nodes: entry.nodes.size }));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

interface ProfileEvent {
  readonly name: string;
  readonly args?: { readonly op_name?: string; readonly provider?: string };
}
