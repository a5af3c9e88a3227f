import { type Command, Option } from 'commander';
import { checkOutputFolder, explainDiskError } from '../files/index.ts';
import { VideoWriter } from '../media/index.ts';
import type { EncodeClip, Split } from '../theatre/index.ts';
import { ProgressBar } from './progress.ts';
import { stoppable, stopsForGood } from './show.ts';
import type { Terminal } from './terminal.ts';
import { integer } from './usage.ts';

interface Options {
  readonly out: string;
  readonly episodes: number;
  readonly seed: number;
  readonly split: Split;
  readonly shots?: number;
  readonly width?: number;
  readonly height?: number;
  readonly clips: boolean;
}

/** `moviedreamer theatre`: drawn films with exact scripts, to train on or to look at. */
export function addTheatre(program: Command, terminal: Terminal): void {
  program
    .command('theatre')
    .description('writes paper-theatre episodes: script, portraits, keyframes, clips, contact sheet')
    .option('--out <folder>', 'where to write them', 'out/theatre')
    .option('--episodes <n>', 'how many', integer(1, 100_000), 1)
    .option('--seed <n>', 'same seed, same episodes', integer(0), 0)
    .addOption(
      new Option('--split <name>', 'no two splits share a face')
        .choices(['train', 'validation', 'test'])
        .default('train'),
    )
    .option('--shots <n>', 'shots of each episode (default: drawn for each, 8 to 128)', integer(1, 128))
    .option('--width <n>', 'of pictures (default: 448)', integer(64, 4096))
    .option('--height <n>', 'of pictures (default: 256)', integer(64, 4096))
    .option('--no-clips', 'leaves the clips out, which are most of the work')
    .action((options: Options) => theatre(options, terminal));
}

async function theatre({ clips, ...options }: Options, terminal: Terminal): Promise<void> {
  await checkOutputFolder(options.out);
  const { writeEpisodes } = await import('../theatre/index.ts');
  const bar = new ProgressBar(terminal, 'episodes', options.episodes);
  const draw = async (signal: AbortSignal): Promise<void> => {
    bar.update(0);
    const more = clips ? { encodeClip: clipEncoder(signal) } : {};
    await writeEpisodes({ ...options, ...more, signal }, ({ done, folder, shots }) => {
      bar.update(done, `${folder}, ${shots} shots`);
    });
  };
  await stoppable(draw, () => {}, terminal, stopsForGood).catch(async (error) => {
    throw await explainDiskError(error, options.out);
  });
  bar.finish(`${options.episodes} written to ${options.out}`);
  terminal.out(options.out);
}

const clipEncoder =
  (signal: AbortSignal): EncodeClip =>
  async (path, frames) => {
    let writer: VideoWriter | undefined;
    try {
      for await (const frame of frames) {
        writer ??= await VideoWriter.create(path, { width: frame.width, height: frame.height });
        await writer.write(frame);
        signal.throwIfAborted();
      }
      await writer?.close();
    } catch (error) {
      await writer?.abort();
      throw error;
    }
  };
