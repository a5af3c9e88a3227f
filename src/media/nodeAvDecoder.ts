import type * as NodeAv from 'node-av';
import { matrixName } from './colourMatrix.ts';
import { readableFormat } from './pixelLayout.ts';
import type { HdrTransfer } from './toneMap.ts';
import { FrameSizeError, type RawFrame, type RawVideo, type VideoStream } from './videoBackend.ts';

/** FFmpeg's names of AVChromaLocation's values. */
const chromaLocations: readonly (string | undefined)[] = [
  undefined,
  'left',
  'center',
  'topleft',
  'top',
  'bottomleft',
  'bottom',
];

/** Opens a file through `node-av` for `VideoBackend.open`. */
export async function openWithNodeAv(av: typeof NodeAv, path: string): Promise<RawVideo | undefined> {
  const demuxer = await av.Demuxer.open(path);
  try {
    const stream = filmIn(av, demuxer);
    return stream && { stream: describe(av, stream), frames: () => frames(av, path) };
  } finally {
    await demuxer.close();
  }
}

/** The first video stream that is no cover picture, like FFmpeg's stream specifier `V:0`. */
function filmIn(av: typeof NodeAv, demuxer: NodeAv.Demuxer): NodeAv.Stream | undefined {
  const pictures = av.AV_DISPOSITION_ATTACHED_PIC | av.AV_DISPOSITION_TIMED_THUMBNAILS;
  return demuxer.streams.find(
    ({ codecpar, disposition }) =>
      codecpar.codecType === av.AVMEDIA_TYPE_VIDEO && (disposition & pictures) === 0,
  );
}

function describe(av: typeof NodeAv, stream: NodeAv.Stream): VideoStream {
  const { codecpar, sampleAspectRatio, timeBase } = stream;
  const aspect = sampleAspectRatio.num > 0 ? sampleAspectRatio : codecpar.sampleAspectRatio;
  const matrix = codecpar.getCodedSideData(av.AV_PKT_DATA_DISPLAYMATRIX);
  const { colorRange } = codecpar;
  const name = av.avGetPixFmtName(codecpar.format as NodeAv.AVPixelFormat) ?? 'unknown';
  return {
    width: codecpar.width,
    height: codecpar.height,
    format: readableFormat(name) ?? name,
    matrix: matrixName(codecpar.colorSpace),
    fullRange: colorRange === av.AVCOL_RANGE_UNSPECIFIED ? undefined : colorRange === av.AVCOL_RANGE_JPEG,
    chromaLocation: chromaLocations[codecpar.chromaLocation],
    transfer: hdrTransfer(av, codecpar.colorTrc),
    pixelAspect: { num: aspect.num, den: aspect.den },
    displayMatrix: matrix ? Array.from({ length: 9 }, (_, i) => matrix.readInt32LE(4 * i)) : undefined,
    timeBase: { num: timeBase.num, den: timeBase.den },
  };
}

function hdrTransfer(av: typeof NodeAv, transfer: number): HdrTransfer | undefined {
  if (transfer === av.AVCOL_TRC_SMPTE2084) return 'smpte2084';
  return transfer === av.AVCOL_TRC_ARIB_STD_B67 ? 'arib-std-b67' : undefined;
}

/**
 * Decodes with FFmpeg's own calls: node-av's `packets()` ends in silence where reading fails, and its timestamps are
 * corrected by rules that differ from the program's.
 */
async function* frames(av: typeof NodeAv, path: string): AsyncGenerator<RawFrame> {
  const demuxer = await av.Demuxer.open(path);
  try {
    const stream = filmIn(av, demuxer)!;
    const decoder = await av.Decoder.create(stream, { threadCount: 1 });
    try {
      yield* decode(av, demuxer, stream, decoder);
    } finally {
      decoder.close();
    }
  } finally {
    await demuxer.close();
  }
}

async function* decode(
  av: typeof NodeAv,
  demuxer: NodeAv.Demuxer,
  stream: NodeAv.Stream,
  decoder: NodeAv.Decoder,
): AsyncGenerator<RawFrame> {
  const input = demuxer.getFormatContext();
  const context = decoder.getCodecContext()!;
  const packet = new av.Packet();
  const frame = new av.Frame();
  const taker = new FrameTaker(av, describe(av, stream));
  packet.alloc();
  frame.alloc();
  try {
    for (let more = true; more; ) {
      const read = await input.readFrame(packet);
      more = read !== av.AVERROR_EOF;
      if (more) check(av, read);
      if (more && packet.streamIndex !== stream.index) {
        packet.unref();
        continue;
      }
      if (more && packet.hasFlags(av.AV_PKT_FLAG_CORRUPT)) throw new Error('corrupt input packet');
      check(av, await context.sendPacket(more ? packet : null));
      packet.unref();
      for (;;) {
        const received = await context.receiveFrame(frame);
        if (received === av.AVERROR_EAGAIN || received === av.AVERROR_EOF) break;
        check(av, received);
        yield taker.take(frame);
        frame.unref();
      }
    }
  } finally {
    taker.release();
    frame.free();
    packet.free();
  }
}

/** Copies decoded frames out of FFmpeg's memory, rearranged where their format is none of ours. */
class FrameTaker {
  private readonly av: typeof NodeAv;
  private readonly stream: VideoStream;
  private readonly format: NodeAv.AVPixelFormat;
  private next = 0;
  private scaler: NodeAv.SoftwareScaleContext | undefined;

  constructor(av: typeof NodeAv, stream: VideoStream) {
    this.av = av;
    this.stream = stream;
    this.format = av.avGetPixFmtFromName(stream.format);
  }

  take(frame: NodeAv.Frame): RawFrame {
    const { av, stream } = this;
    if (frame.decodeErrorFlags || frame.hasFlags(av.AV_FRAME_FLAG_CORRUPT)) {
      throw new Error('corrupt decoded frame');
    }
    if (frame.width !== stream.width || frame.height !== stream.height) {
      throw new FrameSizeError(`${frame.width} x ${frame.height}`);
    }
    const pts = this.timeOf(frame);
    if (frame.format === this.format) return { data: frame.toBuffer(), pts };
    const copy = this.rearranged(frame);
    try {
      return { data: copy.toBuffer(), pts };
    } finally {
      copy.free();
    }
  }

  /** A frame without a timestamp follows the one before it, as in the program. */
  private timeOf(frame: NodeAv.Frame): number {
    const stamp = frame.bestEffortTimestamp;
    const pts = stamp === this.av.AV_NOPTS_VALUE ? this.next : Number(stamp);
    this.next = pts + Number(frame.duration);
    return pts;
  }

  private rearranged(frame: NodeAv.Frame): NodeAv.Frame {
    const { av, format } = this;
    const { width, height } = frame;
    if (!this.scaler) {
      this.scaler = new av.SoftwareScaleContext();
      const from = frame.format as NodeAv.AVPixelFormat;
      this.scaler.getContext(width, height, from, width, height, format, av.SWS_POINT);
      check(av, this.scaler.initContext());
    }
    const copy = new av.Frame();
    copy.alloc();
    copy.format = format;
    copy.width = width;
    copy.height = height;
    check(av, this.scaler.scaleFrameSync(copy, frame));
    return copy;
  }

  release(): void {
    this.scaler?.freeContext();
  }
}

function check(av: typeof NodeAv, code: number): void {
  if (code < 0) throw new av.FFmpegError(code);
}
