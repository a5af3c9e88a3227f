import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Measurement } from './measure.ts';
import { models } from './models.ts';

const usage = `npm run bench [-- NAME...] [--json] [--seconds N] [--threads N]

Times the product's models, by default on two threads, each in a process of its own: ${Object.keys(models).join(', ')}.
`;

/** Runs one bench in a fresh process. */
export async function measure(name: string, seconds: number, threads: number): Promise<Measurement> {
  const script = fileURLToPath(new URL('measure.ts', import.meta.url));
  return JSON.parse(
    await output(process.execPath, ['--import', 'tsx', script, name, String(seconds), String(threads)]),
  );
}

/** What a command prints on its standard output; rejects unless it ends well. */
export function output(command: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
    });
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve(text) : reject(new Error(`${command} ${args.join(' ')} ended with code ${code}`)),
    );
  });
}

/** The public form of a measurement, rounded. */
export const rounded = ({
  msMin,
  msMedian,
  gflops,
  peakRssMb,
}: Measurement): Omit<Measurement, 'parameters' | 'cpuMsMin'> => ({
  msMin: Number(msMin.toFixed(2)),
  msMedian: Number(msMedian.toFixed(2)),
  gflops: Number(gflops.toFixed(1)),
  peakRssMb: Math.round(peakRssMb),
});

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: 'boolean' },
      seconds: { type: 'string', default: '8' },
      threads: { type: 'string', default: '2' },
      help: { type: 'boolean' },
    },
  });
  const unknown = positionals.filter((n) => !Object.hasOwn(models, n));
  if (values.help || unknown.length > 0) {
    if (unknown.length > 0) console.error(`bench: unknown: ${unknown.join(', ')}`);
    console.log(usage);
    process.exitCode = unknown.length > 0 ? 1 : 0;
    return;
  }
  const results: Record<string, ReturnType<typeof rounded>> = {};
  for (const name of positionals.length > 0 ? positionals : Object.keys(models)) {
    const m = await measure(name, Number(values.seconds), Number(values.threads));
    const r = rounded(m);
    results[name] = r;
    if (values.json) continue;
    const size = `${(m.parameters / 1e6).toFixed(1)} M parameters`;
    console.log(
      `${name.padEnd(14)} min ${r.msMin} ms, median ${r.msMedian} ms, ${r.gflops} GFLOPS, peak ${r.peakRssMb} MB, ${size}`,
    );
  }
  if (values.json) console.log(JSON.stringify(results, undefined, 2));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
