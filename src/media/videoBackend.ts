import type { Plane } from './pixelLayout.ts';
import type { SampleFormat } from './rawFrame.ts';
import type { HdrTransfer } from './toneMap.ts';

/** What a clip is encoded as: everything that the bytes depend on beside the frames. */
export interface VideoSpec {
  readonly width: number;
  readonly height: number;
  /** Frames a second, a whole number. */
  readonly fps: number;
  /** x264's constant rate factor: 0 (lossless) to 51; 18 looks like the frames. */
  readonly crf: number;
}

/** Takes the frames of one file, in order. */
export interface FrameSink {
  /** A frame in planar YUV 4:2:0, BT.709, limited range; the buffer may be used again afterwards. */
  write(data: Uint8Array): Promise<void>;
  /** Finishes the file. */
  close(): Promise<void>;
  /** Gives the file up; never throws. */
  abort(): Promise<void>;
}

/** Seconds as an exact fraction. */
export interface Rational {
  readonly num: number;
  readonly den: number;
}

/** The first film of a file (cover pictures are none), as its container and its decoder describe it. */
export interface VideoStream extends SampleFormat {
  /** FFmpeg's name of the transfer curve, as far as it is one of HDR film. */
  readonly transfer?: HdrTransfer | undefined;
  /** Length of a pixel's sides, x to y; zeros where the file does not say. */
  readonly pixelAspect: Rational;
  /** How the picture is held: nine numbers, see `orientationOf`. */
  readonly displayMatrix?: readonly number[] | undefined;
  /** Unit of `RawFrame.pts`, in seconds. */
  readonly timeBase: Rational;
}

/** A decoded frame. Its samples are in the stream's format and can be read until the next frame is asked for. */
export interface RawFrame {
  /** When the frame is shown, in the stream's time base, from an origin of the file's own. */
  readonly pts: number;
  /** The planes where the decoder has put them, not copied. */
  planes(): readonly Plane[];
  /** A copy, rows and planes without gaps; it may be kept. */
  packed(): Uint8Array;
}

/** A file that was opened for reading. */
export interface RawVideo {
  readonly stream: VideoStream;
  /** All frames in the order in which they are shown. Throws `FrameSizeError` when the size changes, else when a frame is damaged. */
  frames(): AsyncGenerator<RawFrame>;
}

/** A frame has another size than the stream. */
export class FrameSizeError extends Error {}

/** Interface to an FFmpeg implementation. Backends write to the given path directly; `video.ts` makes the write atomic. */
export interface VideoBackend {
  readonly name: 'node-av' | 'ffmpeg';
  encode(path: string, spec: VideoSpec): Promise<FrameSink>;
  /** The first film of a file, or undefined when it has none. Throws when the file cannot be read as media. */
  open(path: string): Promise<RawVideo | undefined>;
  /**
   * The first track of sound of a file, as `soundRate` says, from the moment 0 of the file on; undefined where it has none.
   * Throws when it is damaged.
   */
  sound(path: string): Promise<AsyncIterable<Uint8Array> | undefined>;
  /**
   * Copies the video of an MP4 file, and puts `samples` samples of sound beside it as AAC.
   * @param sound at least as many, as `soundRate` says; read to its end
   */
  addSound(path: string, sound: AsyncIterable<Uint8Array>, samples: number, out: string): Promise<void>;
  /** Joins the video of MP4 files without encoding again; all frames last `frameTicks` of the files' time base. */
  concat(paths: readonly string[], out: string, frameTicks: number): Promise<void>;
}

/** Samples a second of all sound that is read and written: two channels, interleaved, signed 16 bits, little endian. */
export const soundRate = 48_000;
/** Bytes of a sample of both channels. */
export const sampleBytes = 4;
/** Bits a second of AAC. */
export const soundBitRate = 128_000;

/**
 * Encoder settings that both backends share. One thread and no B-frames: the same bytes everywhere, simple players. Without
 * `cpu-independent` x264 takes other algorithms on other processors: the same frames give other bytes with AVX than without,
 * and with AVX about one encoding in a hundred on busy cores gives others than the rest (docs/log.md).
 */
export const x264 = { preset: 'veryfast', keyframeInterval: 24, params: 'cpu-independent=1' } as const;
