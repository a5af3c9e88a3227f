import { checkOutputFolder, explainDiskError } from '../files/index.ts';
import {
  hubCache,
  isRepo,
  type PublishedPart,
  type PullEvent,
  pull,
  sizeText,
  type Variant,
} from '../hub/index.ts';
import { type ModelName, Preset, PresetError } from '../presets/index.ts';
import { listenForInterrupt } from './interrupt.ts';
import { ProgressBar } from './progress.ts';
import { failedAsJson } from './show.ts';
import type { Terminal } from './terminal.ts';
import { UsageError } from './usage.ts';

export interface PullModelsOptions {
  readonly preset: string;
  readonly variant?: Variant;
  readonly out?: string;
  readonly json?: boolean;
}

/** What to do where parts cannot be written. */
const elsewhere = 'give a folder with --out or, for the cache, with HF_HUB_CACHE';

/** Milliseconds between two events of progress. */
const OFTEN = 500;

/** Fetches parts of a preset, one after the other. */
export async function pullModels(
  names: readonly string[],
  { preset: presetName, variant, out, json }: PullModelsOptions,
  terminal: Terminal,
): Promise<void> {
  const preset = await Preset.open(presetName, { variant });
  const parts = await wanted(preset, names, variant, out);
  if (out !== undefined) await checkOutputFolder(out);
  else await checkOutputFolder(hubCache(), "the hub's cache,", elsewhere);
  const interrupt = listenForInterrupt(() => terminal.err('stopping; what came so far stays'));
  const { signal } = interrupt;
  try {
    for (const [name, part] of parts) {
      const onEvent = json ? jsonLines(terminal) : progressBar(terminal);
      await pull(name, part, { onEvent, signal, variant: offered(part, variant), ...(out ? { out } : {}) });
    }
    if (parts.size === 0) terminal.err('everything that is published is there');
  } catch (error) {
    terminal.status?.('');
    const cause = signal.aborted ? signal.reason : await explainDiskError(error, out ?? hubCache());
    if (json) failedAsJson(terminal)(cause);
    throw cause;
  } finally {
    interrupt.stop();
  }
}

/** The parts that are meant; `all` leaves out what is there. */
async function wanted(
  preset: Preset,
  names: readonly string[],
  variant: Variant | undefined,
  out: string | undefined,
): Promise<Map<string, PublishedPart>> {
  const { manifest, name: presetName } = preset;
  if (!manifest) {
    throw new PresetError(
      `preset '${presetName}': its weights come with the package, there is nothing to fetch; the paper's own models are ` +
        'fetched with --preset paper',
    );
  }
  const published = new Map<string, PublishedPart>();
  for (const [name, part] of Object.entries(manifest.parts)) {
    if (part.kind !== 'trained') published.set(name, part);
  }
  if (names.length === 0) {
    const list = [...published].map(([name, { bytes }]) => `${name} (about ${sizeText(bytes.full)})`);
    throw new UsageError(`name the parts to fetch, or all: ${list.join(', ')}`);
  }
  const chosen = new Map<string, PublishedPart>();
  for (const name of names.includes('all') ? published.keys() : names) {
    const part = published.get(name);
    if (!part) {
      const reason = manifest.parts[name]
        ? 'nobody has published it: train it, or draw it at random (npx moviedreamer models synth)'
        : `there is no such part; there are ${[...published.keys()].join(', ')}, and all`;
      throw new UsageError(`${name}: ${reason}`);
    }
    if (!names.includes('all') || out || !(await isThere(preset, name, part, variant)))
      chosen.set(name, part);
  }
  return chosen;
}

/** What is published in full precision only is fetched in full precision. */
function offered({ source }: PublishedPart, variant: Variant = 'full'): Variant {
  return isRepo(source) && source.weights[variant] ? variant : 'full';
}

async function isThere(
  preset: Preset,
  name: string,
  part: PublishedPart,
  variant: Variant | undefined,
): Promise<boolean> {
  const { layers = [], gaps = [] } = (await preset.locate(name as ModelName)) ?? {};
  if (gaps.some(({ what }) => what === 'published')) return false;
  return variant === undefined || layers[0]?.variant === offered(part, variant);
}

/** How fast a part comes. */
class Meter {
  private readonly started = performance.now();
  private readonly from: number;
  private readonly total: number;

  constructor(from: number, total: number) {
    this.from = from;
    this.total = total;
  }

  bytesPerSecond(done: number): number {
    return (1000 * Math.max(0, done - this.from)) / Math.max(1, performance.now() - this.started);
  }

  secondsLeft(done: number): number | undefined {
    const speed = this.bytesPerSecond(done);
    return speed > 0 ? (this.total - done) / speed : undefined;
  }
}

type Show = (event: PullEvent) => void;

function progressBar(terminal: Terminal): Show {
  let bar: ProgressBar | undefined;
  let meter = new Meter(0, 0);
  return (event) => {
    if (event.type === 'pulling') {
      meter = new Meter(event.have, event.bytes);
      bar = new ProgressBar(terminal, event.part, event.bytes, { amount: sizeText, from: event.have });
      if (event.have > 0 && event.have < event.bytes) {
        terminal.err(`${event.part}: ${sizeText(event.have)} are there already, going on`);
      }
    } else if (event.type === 'progress') {
      bar?.update(event.done, `${sizeText(meter.bytesPerSecond(event.done))}/s  ${event.file}`);
    } else if (event.type === 'retry') {
      terminal.err(`${event.part}: ${event.reason}; trying again in ${event.seconds} s`);
    } else if (event.type === 'checking') {
      terminal.status?.(`${event.part.padEnd(9)}  checking ${event.file}`);
    } else bar?.finish(`${sizeText(event.bytes)} in ${event.folder}`);
  };
}

function jsonLines(terminal: Terminal): Show {
  let meter = new Meter(0, 0);
  let shown = Number.NEGATIVE_INFINITY;
  return (event) => {
    if (event.type === 'pulling') meter = new Meter(event.have, event.bytes);
    if (event.type !== 'progress') {
      terminal.out(JSON.stringify(event));
    } else if (performance.now() - shown >= OFTEN) {
      shown = performance.now();
      const speed = {
        bytesPerSecond: meter.bytesPerSecond(event.done),
        secondsLeft: meter.secondsLeft(event.done),
      };
      terminal.out(JSON.stringify({ ...event, ...speed }));
    }
  };
}
