import { type Command, Option } from 'commander';
import type { CaptionEstimate, MadeEvent, MakeCaptionsOptions } from '../captions/index.ts';
import { type DeviceName, deviceNames } from '../runtime/index.ts';
import { duration } from './progress.ts';
import { failedAsJson, runEvents, type Show } from './show.ts';
import type { Terminal } from './terminal.ts';
import { integer, number, UsageError } from './usage.ts';

interface Options {
  readonly captionsFrom?: string;
  readonly captionModel?: string;
  readonly scriptModel?: string;
  readonly keyFrom?: string;
  readonly prompts?: string;
  readonly films?: readonly string[];
  readonly parallel: number;
  readonly maxTokens: number;
  readonly priceIn?: number;
  readonly priceOut?: number;
  readonly budget?: number;
  readonly estimate?: boolean;
  readonly leaveOut?: boolean;
  readonly references: number;
  readonly also?: readonly string[];
  readonly preset: string;
  readonly weights?: string;
  readonly device: DeviceName;
  readonly threads?: number;
  readonly json?: boolean;
}

/** As `exportNames` of the room captions, which is loaded only when the command runs. */
const formats = ['moviebench', 'condensed-movies'];

/** `moviedreamer captions DATASET`: captions, scripts and review pages of the films of a data set. */
export function addCaptions(program: Command, terminal: Terminal): void {
  program
    .command('captions')
    .description('captions the films of a data set, and writes script.yaml and review.html of each')
    .argument('<dataset>', 'the folder that moviedreamer footage made')
    .option(
      '--captions-from <url>',
      "server with OpenAI's chat completions (default: the theatre's own models, offline)",
    )
    .option('--caption-model <name>', 'the vision-language model there')
    .option('--script-model <name>', 'the language model there that writes the script (default: the same)')
    .option('--key-from <variable>', 'variable of the environment that has the key')
    .option('--prompts <folder>', 'prompts of your own: frame.md, person.md, scene.md, character.md')
    .option('--films <ids...>', 'only these films (default: all)')
    .option('--parallel <n>', 'requests at a time', integer(1, 64), 4)
    .option('--max-tokens <n>', 'most tokens of an answer', integer(16, 100_000), 1500)
    .option('--price-in <amount>', 'of a million tokens that are read', number(0))
    .option('--price-out <amount>', 'of a million tokens that are written', number(0))
    .option('--budget <amount>', 'most that all requests for this data set may cost', number(0))
    .option('--estimate', 'says calls, tokens, price and time, and asks nothing')
    .option('--leave-out', 'goes on where a model gives no usable answer, and leaves that out')
    .option(
      '--references <n>',
      'keyframes that the script names as references, to continue the film',
      integer(0, 10),
      0,
    )
    .addOption(new Option('--also <formats...>', 'writes these as well').choices(formats))
    .option(
      '--preset <name>',
      'models of captions without a server: a preset, or a folder of configs',
      'theatre',
    )
    .option('--weights <folder>', 'its weights (default: those of the preset)')
    .addOption(new Option('--device <name>', 'where models run').choices([...deviceNames]).default('cpu'))
    .option('--threads <n>', 'threads on the CPU (default: all)', integer(1, 1024))
    .option('--json', 'prints one event a line as JSON')
    .action((dataset: string, options: Options) => run(dataset, options, terminal));
}

async function run(dataset: string, options: Options, terminal: Terminal): Promise<void> {
  const prices = pricesOf(options);
  const show = options.json ? jsonLines(terminal) : inWords(terminal);
  const work = async function* (signal: AbortSignal): AsyncGenerator<MadeEvent, void, void> {
    const { makeCaptions } = await import('../captions/index.ts');
    const opened = await openModels(dataset, options, terminal, signal);
    try {
      const { parallel, budget, estimate, leaveOut, references, films } = options;
      yield* makeCaptions({
        ...{ dataset, captioner: opened.captioner, scripter: opened.scripter },
        ...{ parallel, prices, budget, estimate, leaveOut, references, films, signal },
        also: options.also as MakeCaptionsOptions['also'],
      });
    } finally {
      await opened.close();
    }
  };
  await runEvents(work, show, terminal);
}

function pricesOf({ priceIn, priceOut, budget, captionsFrom, captionModel }: Options) {
  if (captionsFrom === undefined) {
    if (captionModel !== undefined)
      throw new UsageError(
        '--caption-model is the name of a model at a server: give --captions-from URL, too',
      );
    return undefined;
  }
  if (captionModel === undefined)
    throw new UsageError('--captions-from needs --caption-model NAME, a model that the server has');
  const url = URL.canParse(captionsFrom) ? new URL(captionsFrom) : undefined;
  if (
    !url ||
    !/^https?:$/.test(url.protocol) ||
    url.username !== '' ||
    url.password !== '' ||
    url.search !== ''
  )
    throw new UsageError(
      '--captions-from must be an address with http:// or https://, such as http://127.0.0.1:8000/v1, without name, password and query; a key goes into a variable of the environment that --key-from names',
    );
  if (budget !== undefined && (priceIn === undefined || priceOut === undefined))
    throw new UsageError('--budget needs --price-in and --price-out, the prices of a million tokens');
  return priceIn === undefined && priceOut === undefined
    ? undefined
    : { input: priceIn ?? 0, output: priceOut ?? 0 };
}

interface Opened extends Pick<MakeCaptionsOptions, 'captioner' | 'scripter'> {
  close(): Promise<void>;
}

async function openModels(
  dataset: string,
  options: Options,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<Opened> {
  const captions = await import('../captions/index.ts');
  if (options.captionsFrom !== undefined) {
    const { captionsFrom: url, captionModel = '', scriptModel = captionModel, maxTokens } = options;
    const shared = {
      ...{ url, key: keyOf(options), pause: 1, maxTokens, options: { temperature: 0 } },
      prompts: await captions.readPrompts(options.prompts),
    };
    return {
      captioner: captions.endpointCaptioner({ ...shared, model: captionModel }),
      scripter: captions.endpointScripter({ ...shared, model: scriptModel }),
      close: async () => {},
    };
  }
  const { Preset } = await import('../presets/index.ts');
  const { WorkerHost } = await import('../runtime/index.ts');
  const { device, threads, weights } = options;
  const preset = await Preset.open(options.preset, weights ? { weights } : {});
  const host = await WorkerHost.start({ device, ...(threads ? { threads } : {}) });
  try {
    const models = await captions.openTheatre(host, preset, {
      ...{ cache: `${dataset}/cache/captions`, signal, say: (text) => terminal.err(text) },
    });
    return {
      captioner: captions.theatreCaptioner(models),
      scripter: captions.theatreScripter(models),
      close: async () => {
        await models[Symbol.asyncDispose]();
        await host.close();
      },
    };
  } catch (error) {
    await host.close();
    throw error;
  }
}

function keyOf({ keyFrom }: Options): string | undefined {
  if (keyFrom === undefined) return undefined;
  const key = process.env[keyFrom]?.trim();
  if (key) return key;
  throw new UsageError(`--key-from: the variable ${keyFrom} is not set; export ${keyFrom}=... and try again`);
}

const jsonLines = (terminal: Terminal): Show<MadeEvent> => ({
  event: (event) => terminal.out(JSON.stringify(event)),
  failed: failedAsJson(terminal),
});

const kinds = { frame: 'keyframes', person: 'people', scene: 'scenes', character: 'descriptions' } as const;
/** Milliseconds between two lines of progress where it cannot be redrawn. */
const QUIET = 10_000;

function inWords(terminal: Terminal): Show<MadeEvent> {
  let shown = performance.now();
  return {
    event: (event) => {
      if (event.type === 'captions') {
        const line = `${event.film}: ${kinds[event.kind]} ${event.done}/${event.total}, ${event.reused} known before`;
        terminal.status?.(line);
        if (terminal.status || performance.now() - shown < QUIET) return;
        shown = performance.now();
        terminal.err(line);
      } else if (event.type === 'estimate') {
        for (const line of estimateLines(event.film, event.estimate)) terminal.out(line);
      } else {
        const left = event.leftOut === 0 ? '' : `; ${event.leftOut} left out, see captions.json beside it`;
        terminal.err(`${event.film}: ${event.shots} shots, ${event.people} people${left}`);
        terminal.err(`review: ${event.review}`);
        terminal.out(event.script);
      }
    },
    failed: () => {},
  };
}

function estimateLines(film: string, { calls, input, output, price, seconds }: CaptionEstimate): string[] {
  const open = Object.values(calls).reduce((sum, { all, answered }) => sum + all - answered, 0);
  const each = Object.entries(calls).map(
    ([kind, { all, answered }]) =>
      `${all - answered} ${kinds[kind as keyof typeof kinds]}${answered > 0 ? ` (${answered} known)` : ''}`,
  );
  const time = seconds === undefined ? 'time is known after the first calls' : `about ${duration(seconds)}`;
  return [
    `${film}: ${open} calls: ${each.join(', ')}`,
    `${film}: about ${input} tokens in and ${output} out; ${price === undefined ? 'no prices given' : `price about ${Number(price.toPrecision(3))}`}; ${time}`,
  ];
}
