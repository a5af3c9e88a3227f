import { parseArgs } from 'node:util';
import { ModelLoader, parseMemory, planMemory } from '../src/inference/index.ts';
import { Preset } from '../src/presets/index.ts';
import { WorkerHost } from '../src/runtime/index.ts';
import { benchEncoders, benchVae } from './fullSize/encoders.ts';
import { benchAnimator, benchUnet } from './fullSize/graphs.ts';
import { benchLlama } from './fullSize/llama.ts';
import { measureMachine } from './fullSize/machine.ts';

const benches = {
  llama: benchLlama,
  unet: benchUnet,
  animator: benchAnimator,
  encoders: benchEncoders,
  vae: benchVae,
};

const usage = `npx tsx bench/fullSize.ts NAME --weights DIR [--preset paper] [--memory 8GB] [--threads 2]

Measures a model of the paper's size: ${Object.keys(benches).join(', ')}. Checkpoints of the real shapes are made by
npx moviedreamer models synth --preset paper --out DIR --seed 1`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    weights: { type: 'string' },
    preset: { type: 'string', default: 'paper' },
    memory: { type: 'string' },
    threads: { type: 'string', default: '2' },
  },
});
const name = positionals[0] as keyof typeof benches;
if (!Object.hasOwn(benches, name)) {
  console.error(usage);
  process.exit(1);
}
const preset = await Preset.open(values.preset, values.weights ? { weights: values.weights } : {});
const host = await WorkerHost.start({ threads: Number(values.threads) });
const budget = values.memory ? parseMemory(values.memory) : undefined;
const { plan = {} } =
  (await planMemory(preset, { budget, last: name === 'llama' ? 'tokens' : 'keyframes' })) ?? {};
const machine = await measureMachine(host);
console.log(
  `machine         ${(machine.bandwidth / 1e9).toFixed(1)} GB/s, ${(machine.matmul / 1e9).toFixed(0)} GFLOPS (float32 product, 4096)`,
);
await benches[name](new ModelLoader(preset, host, plan), machine);
await host.close();
