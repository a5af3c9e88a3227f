import type * as NodeAv from 'node-av';
import { type FrameSink, type VideoBackend, type VideoSpec, x264 } from './videoBackend.ts';
import type { ColourMatrix, YuvFrame } from './yuv.ts';

/** FFmpeg inside the process, through the optional package `node-av`. Throws when it is not installed. */
export async function loadNodeAv(): Promise<VideoBackend> {
  polyfillWithResolvers();
  const av = await import('node-av');
  av.Log.setLevel(av.AV_LOG_FATAL);
  return {
    name: 'node-av',
    encode: (path, spec) => encode(av, path, spec),
    decode: (path) => decode(av, path),
    concat: (paths, out) => concat(av, paths, out),
  };
}

/** node-av needs it, Node 20 lacks it, and without it a frame loop silently yields nothing. */
function polyfillWithResolvers(): void {
  const promises = Promise as unknown as { withResolvers?: () => unknown };
  promises.withResolvers ??= () => {
    let resolve!: (value: unknown) => void;
    let reject!: (reason: unknown) => void;
    const promise = new Promise((yes, no) => {
      resolve = yes;
      reject = no;
    });
    return { promise, resolve, reject };
  };
}

async function encode(av: typeof NodeAv, path: string, spec: VideoSpec): Promise<FrameSink> {
  const { width, height, fps } = spec;
  const encoder = await av.Encoder.create('libx264' as NodeAv.FFEncoderCodec, {
    threadCount: 1,
    gopSize: x264.keyframeInterval,
    maxBFrames: 0,
    options: { preset: x264.preset, crf: String(spec.crf) } as never,
    configure: (context) => {
      context.colorRange = av.AVCOL_RANGE_MPEG;
      context.colorSpace = av.AVCOL_SPC_BT709;
      context.colorPrimaries = av.AVCOL_PRI_BT709;
      context.colorTrc = av.AVCOL_TRC_BT709;
    },
  });
  const muxer = await openMuxer(av, path);
  const stream = muxer.addStream(encoder);
  let index = 0n;

  const send = async (packets: Iterable<NodeAv.Packet> | AsyncIterable<NodeAv.Packet>): Promise<void> => {
    for await (const packet of packets) {
      try {
        await muxer.writePacket(packet, stream);
      } finally {
        packet.free();
      }
    }
  };
  return {
    async write(data) {
      const frame = av.Frame.fromVideoBuffer(Buffer.from(data.buffer, data.byteOffset, data.byteLength), {
        width,
        height,
        format: av.AV_PIX_FMT_YUV420P,
        timeBase: { num: 1, den: fps },
      });
      try {
        frame.pts = index++;
        frame.duration = 1n;
        frame.colorRange = av.AVCOL_RANGE_MPEG;
        frame.colorSpace = av.AVCOL_SPC_BT709;
        frame.colorPrimaries = av.AVCOL_PRI_BT709;
        frame.colorTrc = av.AVCOL_TRC_BT709;
        await send(await encoder.encodeAll(frame));
      } finally {
        frame.free();
      }
    },
    async close() {
      await send(encoder.flushPackets());
      encoder.close();
      await muxer.close();
    },
    async abort() {
      encoder.close();
      await muxer.close().catch(() => undefined);
    },
  };
}

/** The index in front of the frames, so that players start before the whole file is there; no dates, no versions. */
function openMuxer(av: typeof NodeAv, path: string): Promise<NodeAv.Muxer> {
  return av.Muxer.open(path, {
    format: 'mp4',
    useAsyncWrite: false,
    options: { movflags: '+faststart+write_colr' } as never,
    configure: (context) => context.setFlags(av.AVFMT_FLAG_BITEXACT),
  });
}

async function* decode(av: typeof NodeAv, path: string): AsyncGenerator<YuvFrame> {
  const demuxer = await av.Demuxer.open(path);
  try {
    const stream = demuxer.video();
    if (!stream) throw new Error(`${path}: has no video stream`);
    const decoder = await av.Decoder.create(stream, {
      threadCount: 1,
      exitOnError: true,
      rescale: { pixelFormat: av.AV_PIX_FMT_YUV420P },
    });
    try {
      for await (const frame of decoder.frames(demuxer.packets(stream.index))) {
        if (!frame) continue; // the end of the stream
        try {
          const { width, height } = frame;
          const data = new Uint8Array(frame.toBuffer());
          yield {
            width,
            height,
            data,
            matrix: matrixOf(av, frame),
            fullRange: frame.colorRange === av.AVCOL_RANGE_JPEG,
          };
        } finally {
          frame.free();
        }
      }
    } finally {
      decoder.close();
    }
  } finally {
    await demuxer.close();
  }
}

function matrixOf(av: typeof NodeAv, frame: NodeAv.Frame): ColourMatrix {
  return frame.colorSpace === av.AVCOL_SPC_BT709 ? 'bt709' : 'bt601';
}

async function concat(av: typeof NodeAv, paths: readonly string[], out: string): Promise<void> {
  const first = await av.Demuxer.open(paths[0]!);
  const muxer = await openMuxer(av, out);
  try {
    const model = first.video()!;
    const target = muxer.addStream(model);
    let offset = 0n; // in the first clip's time base, which all share
    for (const path of paths) {
      const demuxer = await av.Demuxer.open(path, { copyTs: true });
      try {
        const stream = demuxer.video()!;
        checkSame(model, stream, paths[0]!, path);
        let end = offset;
        for await (const packet of demuxer.packets(stream.index)) {
          if (!packet) continue;
          try {
            packet.pts += offset;
            packet.dts += offset;
            end = packet.pts + packet.duration;
            await muxer.writePacket(packet, target);
          } finally {
            packet.free();
          }
        }
        offset = end;
      } finally {
        await demuxer.close();
      }
    }
  } finally {
    await muxer.close();
    await first.close();
  }
}

function checkSame(a: NodeAv.Stream, b: NodeAv.Stream, pathA: string, pathB: string): void {
  const describe = (s: NodeAv.Stream): string => {
    const { codecId, width, height, extradata } = s.codecpar;
    const { num, den } = s.timeBase;
    return `codec ${codecId}, ${width} x ${height}, time base ${num}/${den}, parameters ${extradata?.toString('hex')}`;
  };
  if (describe(a) !== describe(b)) {
    throw new Error(
      `concatVideos: clips must be encoded alike; ${pathA} has ${describe(a)}, ${pathB} ${describe(b)}; make the clips again`,
    );
  }
}
