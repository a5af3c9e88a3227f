import { WorkerHost } from '../src/runtime/index.ts';
import { flopsOf } from './flops.ts';
import { models } from './models.ts';
import { prepare } from './prepare.ts';

// One bench in a process of its own, so that its peak memory is its own: tsx bench/measure.ts NAME [SECONDS [THREADS]]

export interface Measurement {
  readonly msMin: number;
  readonly msMedian: number;
  /** Least processor time of a step, of all threads: what other work on the machine changes least. */
  readonly cpuMsMin: number;
  readonly gflops: number;
  readonly peakRssMb: number;
  readonly parameters: number;
}

const [name = '', seconds = '8', threads = '2'] = process.argv.slice(2);
const build = models[name];
if (!build) throw new Error(`no bench '${name}'; known: ${Object.keys(models).join(', ')}`);
const model = build();
const host = await WorkerHost.start({ threads: Number(threads) });
const step = await prepare(host, model);
for (let i = 0; i < 3; i++) await step();
const times: number[] = [];
let cpuMsMin = Number.POSITIVE_INFINITY;
const end = performance.now() + Number(seconds) * 1000;
while (times.length < 5 || performance.now() < end) {
  const start = performance.now();
  const before = process.cpuUsage();
  await step();
  times.push(performance.now() - start);
  const { user, system } = process.cpuUsage(before);
  cpuMsMin = Math.min(cpuMsMin, (user + system) / 1000);
}
times.sort((a, b) => a - b);
const msMin = times[0]!;
const result: Measurement = {
  msMin,
  msMedian: times[times.length >> 1]!,
  cpuMsMin,
  gflops: flopsOf(Object.values(model.outputs)) / msMin / 1e6,
  peakRssMb: process.resourceUsage().maxRSS / 1024,
  parameters: model.parameters.size,
};
console.log(JSON.stringify(result));
await host.close();
