import { createRequire } from 'node:module';
import { availableParallelism, totalmem } from 'node:os';
import { type Command, Option } from 'commander';
import { Checkpoint } from '../checkpoints/index.ts';
import { videoBackend } from '../media/index.ts';
import { type ModelName, modelNames, Preset } from '../presets/index.ts';
import { type DeviceName, deviceNames, WorkerHost } from '../runtime/index.ts';
import { checkDevice, type DeviceReport, summaryOf, tableOf } from './checkDevice.ts';
import type { Terminal } from './terminal.ts';
import { UsageError } from './usage.ts';

interface Options {
  readonly preset: string;
  readonly weights?: string;
  readonly device?: DeviceName;
  readonly json?: boolean;
}

/** `moviedreamer doctor`: what this machine has, and what is missing for making films. */
export function addDoctor(program: Command, terminal: Terminal): void {
  program
    .command('doctor')
    .description('says what this machine has, and what is missing for making films')
    .option('--preset <name>', 'models: a preset, or a folder of configs', 'theatre')
    .option('--weights <folder>', "the models' weights (default: those of the preset)")
    .addOption(
      new Option('--device <name>', 'looks at no other device, and prints a line for every op').choices([
        ...deviceNames,
      ]),
    )
    .option('--json', 'prints the findings as JSON')
    .action((options: Options) => doctor(options, terminal));
}

/** A part of the machine, and what is to be said of it. */
interface Finding {
  readonly name: string;
  readonly ok: boolean;
  readonly text: string;
  readonly report?: DeviceReport;
}

async function doctor({ preset, weights, device: only, json }: Options, terminal: Terminal): Promise<void> {
  const findings: Finding[] = [];
  const missing: string[] = [];
  const add = (finding: Finding): void => {
    findings.push(finding);
    if (!json) terminal.out(`${finding.name.padEnd(24)}${finding.text}`);
  };
  /** Reports a part; where it is `needed`, its absence is what is wrong. */
  const check = async (
    name: string,
    look: () => Promise<Pick<Finding, 'text' | 'report'>>,
    needed: boolean,
  ): Promise<void> => {
    try {
      add({ name, ok: true, ...(await look()) });
    } catch (error) {
      add({ name, ok: false, text: `no: ${(error as Error).message}` });
      if (needed) missing.push(name);
    }
  };

  const { version } = createRequire(import.meta.url)('onnxruntime-node/package.json') as { version: string };
  const memory = Math.round(totalmem() / 2 ** 30);
  add({ name: 'node', ok: true, text: `${process.version} on ${process.platform} ${process.arch}` });
  add({ name: 'processor', ok: true, text: `${availableParallelism()} threads, ${memory} GB memory` });
  add({ name: 'onnxruntime', ok: true, text: version });
  await check('cpu', tryCpu, true);
  for (const device of deviceNames) {
    if (device === 'cpu' || (only !== undefined && only !== device)) continue;
    const look = async (): Promise<Pick<Finding, 'text' | 'report'>> => {
      const report = await checkDevice(device, terminal);
      if (only && !json) for (const line of [...tableOf(report), '']) terminal.out(line);
      if (report.ops.some((op) => !op.ok)) missing.push(device);
      return { text: summaryOf(report), report };
    };
    await check(device, look, only === device);
  }
  await check('video', async () => ({ text: (await videoBackend()).name }), true);
  const opened = await Preset.open(preset, weights ? { weights } : {});
  for (const model of modelNames) {
    if (!(await opened.has(model))) continue;
    await check(model, async () => ({ text: await tryWeights(opened, model) }), true);
  }
  if (json) terminal.out(JSON.stringify({ findings, missing }));
  if (missing.length > 0) throw new UsageError(`missing for making films: ${missing.join(', ')}`);
  if (!json) terminal.out('everything is there');
}

async function tryCpu(): Promise<{ text: string }> {
  await (await WorkerHost.start()).close();
  return { text: 'works' };
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
