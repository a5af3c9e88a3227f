import { createRequire } from 'node:module';
import { availableParallelism, totalmem } from 'node:os';
import { type Command, Option } from 'commander';
import { type ModelName, modelNames, Preset } from '../dreamer/index.ts';
import { videoBackend } from '../media/index.ts';
import { Checkpoint, type DeviceName, deviceNames, WorkerHost } from '../runtime/index.ts';
import type { Terminal } from './terminal.ts';
import { UsageError } from './usage.ts';

interface Options {
  readonly preset: string;
  readonly weights?: string;
  readonly device?: DeviceName;
}

/** `moviedreamer doctor`: what this machine has, and what is missing for making films. */
export function addDoctor(program: Command, terminal: Terminal): void {
  program
    .command('doctor')
    .description('says what this machine has, and what is missing for making films')
    .option('--preset <name>', 'models: a preset, or a folder of configs', 'theatre')
    .option('--weights <folder>', "the models' weights (default: those of the preset)")
    .addOption(
      new Option('--device <name>', 'checks every op on this device, beside the CPU').choices([
        ...deviceNames,
      ]),
    )
    .action((options: Options) =>
      options.device ? checkDevice(options.device, terminal) : doctor(options, terminal),
    );
}

async function doctor({ preset, weights }: Options, terminal: Terminal): Promise<void> {
  const missing: string[] = [];
  const line = (name: string, text: string): void => terminal.out(`${name.padEnd(24)}${text}`);
  /** Reports a part; where it is `needed`, its absence is what is wrong. */
  const check = async (name: string, look: () => Promise<string>, needed: boolean): Promise<void> => {
    try {
      line(name, await look());
    } catch (error) {
      line(name, `no: ${(error as Error).message}`);
      if (needed) missing.push(name);
    }
  };

  line('node', `${process.version} on ${process.platform} ${process.arch}`);
  line('processor', `${availableParallelism()} threads, ${Math.round(totalmem() / 2 ** 30)} GB memory`);
  const { version } = createRequire(import.meta.url)('onnxruntime-node/package.json') as { version: string };
  line('onnxruntime', version);
  for (const device of deviceNames) await check(device, () => tryDevice(device), device === 'cpu');
  await check('video', async () => (await videoBackend()).name, true);
  const opened = await Preset.open(preset, weights ? { weights } : {});
  for (const model of modelNames) {
    if (!(await opened.has(model))) continue;
    await check(model, () => tryWeights(opened, model), true);
  }
  if (missing.length > 0) throw new UsageError(`missing for making films: ${missing.join(', ')}`);
  terminal.out('everything is there');
}

async function tryDevice(device: (typeof deviceNames)[number]): Promise<string> {
  const host = await WorkerHost.start({ device });
  await host.close();
  return 'works';
}

async function tryWeights(preset: Preset, model: ModelName): Promise<string> {
  const { gaps = [] } = (await preset.locate(model)) ?? {};
  if (gaps.length > 0) {
    throw new UsageError(`not all there: npx moviedreamer models --preset ${preset.given} says what to do`);
  }
  const checkpoint = await Checkpoint.open(preset.layers(model));
  const values = checkpoint.names().reduce((n, name) => {
    return n + checkpoint.info(name).shape.reduce((a, b) => a * b, 1);
  }, 0);
  await checkpoint.close();
  return `${(values / 1e6).toFixed(2)} M parameters in ${checkpoint.path}`;
}

/** Every op of the product on a device, against the CPU: `moviedreamer doctor --device webgpu`. */
async function checkDevice(name: DeviceName, terminal: Terminal): Promise<void> {
  const { deviceParity } = await import('./deviceParity.ts');
  const device = await WorkerHost.start({ device: name });
  const cpu = await WorkerHost.start({ threads: 1 });
  const bad: string[] = [];
  try {
    terminal.out(`${'op'.padEnd(22)}cases  worst error  on ${name}`);
    for await (const { op, cases, error, whole, lacking, ok, problem } of deviceParity(cpu, device)) {
      const where =
        whole === cases
          ? 'whole'
          : whole === 0
            ? 'falls back to the CPU'
            : `${whole} of ${cases} cases whole`;
      const note = lacking > 0 ? ` (${lacking} need half precision, which it has not)` : '';
      const figure = Number.isFinite(error) ? error.toExponential(1) : 'failed';
      const line = [
        op.padEnd(20),
        String(cases).padStart(5),
        figure.padStart(11),
        where + note,
        ok ? 'ok' : `FAIL: ${problem}`,
      ];
      terminal.out(line.join('  '));
      if (!ok) bad.push(op);
    }
  } finally {
    await device.close();
    await cpu.close();
  }
  if (bad.length > 0)
    throw new UsageError(`${name} computes these ops wrong: ${bad.join(', ')}; use --device cpu`);
  terminal.out(`every op computes on ${name} what it computes on the CPU`);
}
