import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LoadDreamerOptions, MovieDreamer } from '../film/index.ts';
import { coverImage, decodeImage, encodePng, type Image } from '../media/index.ts';
import type { MovieDreamerCallOptions, Size } from './callOptions.ts';
import { type KeyframeAsked, keyframeScript } from './keyframeScript.ts';

/** A draw of a keyframe. */
export interface Draw extends Pick<MovieDreamerCallOptions, 'steps' | 'guidance' | 'sampler'> {
  readonly seed: number;
  /** How many takes, from 0. */
  readonly takes: number;
  readonly signal: AbortSignal | undefined;
}

/** One preset, loaded when it is first needed, which does one thing after the other. */
export class Studio {
  readonly preset: string;
  private readonly options: Omit<LoadDreamerOptions, 'makers'>;
  private loaded: Promise<MovieDreamer> | undefined;
  private last: Promise<unknown> = Promise.resolve();

  constructor(preset: string, options: Omit<LoadDreamerOptions, 'makers'>) {
    this.preset = preset;
    this.options = options;
  }

  dreamer(): Promise<MovieDreamer> {
    this.loaded ??= MovieDreamer.load(this.preset, this.options).catch((error) => {
      this.loaded = undefined;
      throw error;
    });
    return this.loaded;
  }

  /** Keyframes of one shot, take after take, as `generate` and `generate --reroll` draw them. */
  keyframes(asked: KeyframeAsked, { takes, signal, ...settings }: Draw): Promise<Image[]> {
    return this.inTurn(signal, async (folder, dreamer) => {
      const script = await keyframeScript(asked);
      const images: Image[] = [];
      for (let take = 0; take < takes; take++) {
        const options = {
          ...{ ...defined(settings), out: join(folder, 'film'), stage: 'keyframes' as const },
          ...(take > 0 ? { reroll: [1] } : {}),
          ...(signal ? { signal } : {}),
        };
        for await (const event of dreamer.dream(script, options))
          if (event.type === 'keyframe')
            images.push(await decodeImage(await readFile(event.path), event.path));
      }
      return images;
    });
  }

  /** A clip of a picture, as MP4. */
  clip(picture: Image, options: Parameters<MovieDreamer['animate']>[2]): Promise<Uint8Array> {
    return this.inTurn(options?.signal, async (folder, dreamer) => {
      const path = join(folder, 'clip.mp4');
      await dreamer.animate(picture, path, options);
      return new Uint8Array(await readFile(path));
    });
  }

  /** Frees the models. The next call loads them anew. */
  async close(): Promise<void> {
    const { loaded } = this;
    this.loaded = undefined;
    await this.last;
    await (await loaded?.catch(() => undefined))?.close();
  }

  private inTurn<T>(
    signal: AbortSignal | undefined,
    work: (folder: string, dreamer: MovieDreamer) => Promise<T>,
  ): Promise<T> {
    const done = this.last.then(async () => {
      signal?.throwIfAborted();
      const folder = await mkdtemp(join(tmpdir(), 'moviedreamer-ai-sdk-'));
      try {
        return await work(folder, await this.dreamer());
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    });
    this.last = done.catch(() => {});
    return done;
  }
}

/** The PNG of a picture in a size. */
export const pngOf = (image: Image, { width, height }: Size): Promise<Uint8Array> =>
  encodePng(image.width === width && image.height === height ? image : coverImage(image, width, height));

function defined<T extends object>(settings: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) as never;
}
