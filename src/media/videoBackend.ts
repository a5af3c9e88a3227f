import type { YuvFrame } from './yuv.ts';

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

/** What an FFmpeg has to do for us. Files are written where told, not atomically: `video.ts` sees to that. */
export interface VideoBackend {
  readonly name: 'node-av' | 'ffmpeg';
  encode(path: string, spec: VideoSpec): Promise<FrameSink>;
  decode(path: string): AsyncGenerator<YuvFrame>;
  /** Joins MP4 files of one encoding without encoding again. */
  concat(paths: readonly string[], out: string): Promise<void>;
}

/** Encoder settings that both backends share. One thread and no B-frames: the same bytes everywhere, simple players. */
export const x264 = { preset: 'veryfast', keyframeInterval: 24 } as const;
