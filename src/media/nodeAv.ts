import type * as NodeAv from 'node-av';
import { openWithNodeAv } from './nodeAvDecoder.ts';
import { addSoundWithNodeAv, soundWithNodeAv } from './nodeAvSound.ts';
import { type FrameSink, type VideoBackend, type VideoSpec, x264 } from './videoBackend.ts';

/** FFmpeg inside the process, through the optional package `node-av`. Throws when it is not installed. */
export async function loadNodeAv(): Promise<VideoBackend> {
  polyfillWithResolvers();
  const av = await import('node-av');
  av.Log.setLevel(av.AV_LOG_FATAL);
  return {
    name: 'node-av',
    encode: (path, spec) => encode(av, path, spec),
    open: (path) => openWithNodeAv(av, path),
    sound: (path) => soundWithNodeAv(av, path),
    addSound: async (path, sound, samples, out) =>
      addSoundWithNodeAv(av, { path, sound, samples, muxer: await openMuxer(av, out) }),
    concat: (paths, out, frameTicks) => concat(av, paths, out, frameTicks),
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
    options: { preset: x264.preset, crf: String(spec.crf), 'x264-params': x264.params } as never,
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

/** Joins packet by packet, read with FFmpeg's own call: node-av's `packets()` ends in silence where reading fails. */
async function concat(
  av: typeof NodeAv,
  paths: readonly string[],
  out: string,
  frameTicks: number,
): Promise<void> {
  const first = await av.Demuxer.open(paths[0]!);
  const muxer = await openMuxer(av, out);
  const packet = new av.Packet();
  packet.alloc();
  try {
    const target = muxer.addStream(first.video()!);
    let index = 0n;
    for (const path of paths) {
      const demuxer = await av.Demuxer.open(path);
      try {
        const { timeBase, index: film } = demuxer.video()!;
        const input = demuxer.getFormatContext();
        for (;;) {
          const read = await input.readFrame(packet);
          if (read === av.AVERROR_EOF) break;
          if (read < 0) throw new av.FFmpegError(read);
          if (packet.streamIndex !== film) {
            packet.unref();
            continue;
          }
          packet.timeBase = timeBase;
          packet.pts = index++ * BigInt(frameTicks);
          packet.dts = packet.pts;
          packet.duration = BigInt(frameTicks);
          await muxer.writePacket(packet, target);
          packet.unref();
        }
      } finally {
        await demuxer.close();
      }
    }
  } finally {
    packet.free();
    await muxer.close();
    await first.close();
  }
}
