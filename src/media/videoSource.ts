import { stat } from 'node:fs/promises';
import { type FramePart, isCombed, partScaler } from './coverFrame.ts';
import { missingBytes } from './cutShort.ts';
import type { Image } from './image.ts';
import { type Orientation, orientationOf, orientImage, upright } from './orientation.ts';
import { type FrameConverter, frameConverter, UnsupportedSamples } from './rawFrame.ts';
import { coverImage, resizeImage } from './resample.ts';
import { type GridReader, gridReader } from './sampler.ts';
import { toneMapper } from './toneMap.ts';
import { type VideoBackendName, videoBackend } from './video.ts';
import {
  FrameSizeError,
  type Rational,
  type RawFrame,
  type RawVideo,
  type VideoStream,
} from './videoBackend.ts';
import { VideoError } from './videoError.ts';

/** A picture of a film and when it is shown. */
export interface VideoFrame extends Image {
  /** Seconds since the film's first frame, exactly; never less than that of the frame before. */
  readonly time: Rational;
}

/** A film that was opened for reading. */
export interface VideoSource {
  readonly path: string;
  /** Size of its frames, upright and with square pixels. */
  readonly width: number;
  readonly height: number;
  /** What is done to its pictures beside converting colours, such as `turned by 90 degrees`. */
  readonly notes: readonly string[];
  /**
   * Frames from the first one on, in the order in which they are shown; each call begins anew.
   *
   * @param every seconds: only the first frame at or after each multiple of it. The others are decoded, but not converted to
   * pictures, which takes longer. Default: all frames.
   * @throws {VideoError} at the first damaged frame, at one of another size, and when there is none at all. Frames before
   * it may have been given.
   */
  frames(every?: number): AsyncGenerator<VideoFrame>;
  /**
   * All frames, each converted only as far as it is asked for: for whoever looks at many and keeps few.
   *
   * @throws {VideoError} as `frames`.
   */
  scan(): AsyncGenerator<ScannedFrame>;
}

/** A decoded frame. What it gives can be asked for until the next frame is. */
export interface ScannedFrame {
  /** Seconds since the film's first frame, exactly; never less than that of the frame before. */
  readonly time: Rational;
  /** The whole picture; it may be kept. */
  image(): Image;
  /**
   * The pixels in the middle of each cell of a grid over the upright picture, converted as the picture is but for transparency.
   *
   * @param columns at least 1
   * @param rows at least 1
   */
  grid(columns: number, rows: number): Image;
  /**
   * The picture scaled so that it covers a size, what overhangs cut off evenly on both sides. Of an interlaced frame of something
   * that moves one field is shown. May be awaited when the next frame was asked for.
   */
  cover(width: number, height: number): Promise<CoveredFrame>;
}

/** A scaled picture. */
export interface CoveredFrame extends Image {
  /** Whether it is one of two fields. */
  readonly isField: boolean;
}

const MAX_SIDE = 16384;
/** Seconds by which a sum of float64 may miss a frame's time. */
const EPSILON = 1e-9;

/**
 * Opens a video file. `node-av` and the program `ffmpeg` give the same frames and times, in RGB, 8 bits a channel:
 *
 * - those that a player shows: an edit list cuts frames off, a variable rate repeats and drops none;
 * - turned and mirrored as the display matrix says, and widened or narrowed to square pixels;
 * - converted by the file's colour matrix and range. Untagged files mean BT.709 from HD sizes on (1280 columns or more
 *   than 576 rows), BT.601 below, and luma 16..235. HDR (PQ, HLG) is mapped to SDR by ITU-R BT.2446-1, method A; primaries
 *   and transfer curves of SDR are taken for those of sRGB;
 * - with transparent parts laid on white, 10 bits and more rounded to 8, and both fields of interlaced frames woven.
 *
 * @throws {VideoError} when the file is missing, is no video, or has samples or an orientation that is not supported, and
 * when there is no FFmpeg.
 */
export async function openVideo(path: string, backend?: VideoBackendName): Promise<VideoSource> {
  const { open } = await videoBackend(backend);
  await checkFile(path);
  let video: RawVideo | undefined;
  try {
    video = await open(path);
  } catch (error) {
    if (VideoError.isInstance(error)) throw error;
    throw new VideoError(path, 'is damaged or no video', recopying(path), { cause: error });
  }
  if (!video) {
    throw new VideoError(
      path,
      'has no video stream, only sound, subtitles or a cover picture',
      'give a film',
    );
  }
  const present = presentation(path, video.stream);
  const { width, height } = present;
  const raw = video;
  return {
    ...{ path, width, height, notes: present.notes },
    frames: (every = 0) => frames(path, raw, present, every),
    scan: () => scan(path, raw, present),
  };
}

/** The frames of a video file, one after the other; see `openVideo`. */
export async function* readVideo(path: string, backend?: VideoBackendName): AsyncGenerator<VideoFrame> {
  yield* (await openVideo(path, backend)).frames();
}

async function* frames(
  path: string,
  video: RawVideo,
  present: Presentation,
  every: number,
): AsyncGenerator<VideoFrame> {
  if (!(every >= 0 && every < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`frames: every must be 0 or more seconds, got ${every}`);
  }
  let due = 0; // how many multiples of `every` have their frame
  for await (const { time, image } of scan(path, video, present)) {
    const seconds = time.num / time.den;
    if (seconds < due * every - EPSILON) continue;
    if (every > 0) due = Math.floor((seconds + EPSILON) / every) + 1;
    yield { ...image(), time };
  }
}

async function* scan(
  path: string,
  video: RawVideo,
  { show, grid, cover }: Presentation,
): AsyncGenerator<ScannedFrame> {
  const { num, den } = video.stream.timeBase;
  let first: number | undefined;
  let ticks = 0;
  for await (const frame of checked(path, video)) {
    first ??= frame.pts;
    ticks = Math.max(ticks, frame.pts - first);
    yield {
      time: { num: ticks * num, den },
      image: () => show(frame.packed()),
      grid: (columns, rows) => grid(columns, rows)(frame.planes()),
      cover: (width, height) => cover(width, height)(frame.packed()),
    };
  }
  if (first === undefined) {
    throw new VideoError(path, 'has a video stream without a frame', 'copy or save it again');
  }
}

/** Frames whose errors say what is wrong with the file. */
async function* checked(path: string, video: RawVideo): AsyncGenerator<RawFrame> {
  const { width, height } = video.stream;
  const raw = video.frames();
  try {
    for (;;) {
      const next = await raw.next().catch((error: unknown) => {
        if (VideoError.isInstance(error)) throw error;
        if (error instanceof FrameSizeError) {
          const reason = `has frames of different sizes, one of them ${width} x ${height}`;
          throw new VideoError(path, reason, converting(path), { cause: error });
        }
        throw new VideoError(path, 'is a damaged or cut short video', recopying(path), { cause: error });
      });
      if (next.done) return;
      yield next.value;
    }
  } finally {
    await raw.return(undefined);
  }
}

/** From samples to the picture that a viewer sees. */
interface Presentation {
  readonly notes: readonly string[];
  readonly width: number;
  readonly height: number;
  readonly show: FrameConverter;
  /** See `ScannedFrame.grid`; the same function for the same size. */
  grid(columns: number, rows: number): GridReader;
  /** See `ScannedFrame.cover`; likewise. */
  cover(width: number, height: number): (data: Uint8Array) => Promise<CoveredFrame>;
}

function presentation(path: string, stream: VideoStream): Presentation {
  if (stream.format === 'unknown') {
    const reason = 'is damaged, or has a codec that FFmpeg cannot decode';
    throw new VideoError(path, reason, recopying(path));
  }
  const turn = orientation(path, stream);
  const { num, den } = stream.pixelAspect;
  const width = num > 0 && den > 0 ? Math.max(1, Math.round((stream.width * num) / den)) : stream.width;
  const { height } = stream;
  if (!(stream.width > 0 && height > 0) || Math.max(width, height) > MAX_SIDE) {
    const reason = `has frames of ${width} x ${height} pixels, expected 1 to ${MAX_SIDE} a side`;
    throw new VideoError(path, reason, 'make it smaller');
  }
  const convert = supported(path, () => frameConverter(stream));
  const toneMap = stream.transfer ? toneMapper(stream.transfer) : undefined;
  const show: FrameConverter = (data) => {
    const converted = convert(data);
    const image = toneMap ? toneMap(converted) : converted;
    const square = width === image.width ? image : resizeImage(image, width, height, 'bicubic');
    return orientImage(square, turn);
  };
  const grid = once((columns: number, rows: number): GridReader => {
    const [across, down] = turn.transpose ? [rows, columns] : [columns, rows];
    const reader = supported(path, () => gridReader(stream, across, down));
    return (planes) => {
      const image = reader(planes);
      return orientImage(toneMap ? toneMap(image) : image, turn);
    };
  });
  const cover = once((columns: number, rows: number) => {
    const [across, down] = turn.transpose ? [rows, columns] : [columns, rows];
    const part = coveredPart(stream, width, across, down);
    const scale = stream.transfer ? undefined : partScaler(stream, across, down);
    return async (data: Uint8Array): Promise<CoveredFrame> => {
      if (!scale) return { ...coverImage(show(data), columns, rows), isField: false };
      const isField = isCombed(data, stream.width, stream.height);
      return { ...orientImage(await scale(data, part, isField), turn), isField };
    };
  });
  const notes = notesOn(stream, turn, width);
  return turn.transpose
    ? { width: height, height: width, notes, show, grid, cover }
    : { width, height, notes, show, grid, cover };
}

function notesOn(stream: VideoStream, turn: Orientation, width: number): string[] {
  const notes: string[] = [];
  const { num, den } = stream.pixelAspect;
  if (width !== stream.width) notes.push(`pixels of ${num} : ${den} made square`);
  if (turn !== upright && (turn.transpose || turn.flipX || turn.flipY))
    notes.push('turned upright or mirrored');
  if (stream.transfer) notes.push(`HDR (${stream.transfer}) mapped to SDR by ITU-R BT.2446-1, method A`);
  return notes;
}

function orientation(path: string, { displayMatrix }: VideoStream): Orientation {
  if (!displayMatrix) return upright;
  const turn = orientationOf(displayMatrix);
  if (turn) return turn;
  const reason = 'is to be turned by an angle that is no multiple of 90 degrees, which is not supported';
  throw new VideoError(path, reason, converting(path));
}

/** Keeps what a function of a size gave for the last one. */
function once<T>(make: (width: number, height: number) => T): (width: number, height: number) => T {
  let last: { readonly width: number; readonly height: number; readonly value: T } | undefined;
  return (width, height) => {
    if (last?.width !== width || last.height !== height) last = { width, height, value: make(width, height) };
    return last.value;
  };
}

/** The part of a frame as it is stored that fills a size; `square` is the frame's width with square pixels. */
function coveredPart(
  { width, height }: Pick<VideoStream, 'width' | 'height'>,
  square: number,
  columns: number,
  rows: number,
): FramePart {
  const scale = Math.max(columns / square, rows / height);
  const across = Math.min(width, Math.max(1, Math.round((columns / scale) * (width / square))));
  const down = Math.min(height, Math.max(1, Math.round(rows / scale)));
  return { left: (width - across) >> 1, top: (height - down) >> 1, width: across, height: down };
}

/** What `make` gives; what it does not support is an error of the file. */
function supported<T>(path: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof UnsupportedSamples)) throw error;
    throw new VideoError(path, `${error.message}, which is not supported`, converting(path), {
      cause: error,
    });
  }
}

const converting = (path: string): string => `convert it: ffmpeg -i "${path}" -pix_fmt yuv420p converted.mp4`;
const recopying = (path: string): string => `copy it again, or ${converting(path)}`;

async function checkFile(path: string): Promise<void> {
  try {
    const info = await stat(path);
    if (!info.isFile()) throw new VideoError(path, 'is not a file', 'give the path of a video file');
    if (info.size === 0) throw new VideoError(path, 'is empty', 'copy it again');
    const missing = await missingBytes(path);
    if (missing > 0) throw new VideoError(path, `is cut short by ${missing} bytes`, 'copy it again');
  } catch (error) {
    if (error instanceof VideoError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    const fix =
      code === 'ENOENT' || code === 'ENOTDIR'
        ? 'there is no such file, check the path'
        : code === 'EACCES' || code === 'EPERM'
          ? 'reading it is not permitted, change its permissions'
          : message;
    throw new VideoError(path, 'cannot be opened', fix, { cause: error });
  }
}
