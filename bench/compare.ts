import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { measure, output } from './main.ts';
import { models } from './models.ts';

// Ours beside PyTorch's: tsx bench/compare.ts [NAME...] [--rounds 3] [--seconds 5] [--threads 2] [--python /usr/bin/python3]
// Runs alternate, so that a busy minute hits both; of all rounds the least minimum and the least median count.
// Prints the table of docs/performance.md.

/** Ours over PyTorch's that a bench should reach. */
const targets: Readonly<Record<string, number>> = {
  'unet-forward': 0.8,
  'llama-prefill': 0.95,
  'llama-decode': 0.4,
  'llama-train': 0.55,
  'unet-train': 0.55,
};

interface Times {
  readonly msMin: number;
  readonly msMedian: number;
  readonly cpuMsMin: number;
  readonly peakRssMb: number;
}

const least = (a: Times | undefined, b: Times): Times =>
  a
    ? {
        msMin: Math.min(a.msMin, b.msMin),
        msMedian: Math.min(a.msMedian, b.msMedian),
        cpuMsMin: Math.min(a.cpuMsMin, b.cpuMsMin),
        peakRssMb: Math.max(a.peakRssMb, b.peakRssMb),
      }
    : b;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '5' },
    threads: { type: 'string', default: '2' },
    python: { type: 'string', default: '/usr/bin/python3' },
  },
});
const script = fileURLToPath(new URL('torch_bench.py', import.meta.url));
const torch = async (name: string): Promise<Times> => {
  const text = await output(values.python, [
    script,
    name,
    '--json',
    '--seconds',
    values.seconds,
    '--threads',
    values.threads,
  ]);
  return (JSON.parse(text) as Record<string, Times>)[name]!;
};

const ms = (v: number): string => v.toFixed(v < 100 ? 1 : 0);
console.log(
  '| bench | ours min / median | PyTorch min / median | ratio min / median | processor time | target | memory |',
);
console.log('| --- | --- | --- | --- | --- | --- | --- |');
for (const name of positionals.length > 0 ? positionals : Object.keys(models)) {
  let a: Times | undefined;
  let b: Times | undefined;
  for (let i = 0; i < Number(values.rounds); i++) {
    a = least(a, await measure(name, Number(values.seconds), Number(values.threads)));
    b = least(b, await torch(name));
  }
  if (!a || !b) continue;
  const ratio = `**${(a.msMin / b.msMin).toFixed(2)}** / ${(a.msMedian / b.msMedian).toFixed(2)}`;
  console.log(
    `| ${name} | ${ms(a.msMin)} / ${ms(a.msMedian)} ms | ${ms(b.msMin)} / ${ms(b.msMedian)} ms | ${ratio} | ` +
      `${(a.cpuMsMin / b.cpuMsMin).toFixed(2)} | ${targets[name]} | ${Math.round(a.peakRssMb)} / ${b.peakRssMb} MB |`,
  );
}
