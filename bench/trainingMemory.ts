import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WorkerHost } from '../src/runtime/index.ts';
import { memoryCase, memoryCases } from '../src/testing/memoryCases.ts';
import { trainingMemory } from '../src/training/memoryPlan.ts';
import { train } from '../src/training/trainer.ts';

// What a training takes, planned and measured: tsx bench/trainingMemory.ts [NAME...]
// Each training runs in a process of its own: three steps on drawn numbers, with checkpoint and all. Measured is the
// process's largest resident memory.

async function run(name: string): Promise<void> {
  const planned = memoryCase(name);
  if (process.argv.includes('--plan')) {
    console.log(JSON.stringify(trainingMemory(planned)));
    return;
  }
  const host = await WorkerHost.start({ threads: 2 });
  const folder = await mkdtemp(join(tmpdir(), 'training-memory-'));
  const start = performance.now();
  try {
    await train(planned, { host, seed: 1, folder });
  } finally {
    await host.close();
    await rm(folder, { recursive: true, force: true });
  }
  const status = await readFile('/proc/self/status', 'utf8');
  const peak = Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
  console.log(JSON.stringify({ peak, seconds: (performance.now() - start) / 1000 }));
}

const wanted = process.argv.slice(2).filter((a) => !a.startsWith('--'));
if (process.argv.includes('--child')) await run(wanted[0] as string);
else {
  const child = (name: string, ...more: string[]) =>
    JSON.parse(
      execFileSync('npx', ['tsx', fileURLToPath(import.meta.url), name, '--child', ...more], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }),
    ) as Record<string, number>;
  const gb = (bytes = 0): string => (bytes / 1e9).toFixed(2);
  console.log('| training | planned GB | measured GB | planned / measured | of it activations | seconds |');
  console.log('|---|---|---|---|---|---|');
  for (const name of wanted.length > 0 ? wanted : memoryCases) {
    const { total = 0, activations = 0 } = child(name, '--plan');
    const { peak = 0, seconds = 0 } = child(name);
    const ratio = (total / peak).toFixed(2);
    console.log(
      `| ${name} | ${gb(total)} | ${gb(peak)} | ${ratio} | ${gb(activations)} | ${seconds.toFixed(0)} |`,
    );
  }
}
