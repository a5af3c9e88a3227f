import type * as NodeAv from 'node-av';
import { sampleBytes, soundBitRate, soundRate } from './videoBackend.ts';

/** Samples of one packet of AAC. */
const AAC_FRAME = 1024;

/** The sound of a file through node-av, for `VideoBackend.sound`. */
export async function soundWithNodeAv(
  av: typeof NodeAv,
  path: string,
): Promise<AsyncIterable<Uint8Array> | undefined> {
  const demuxer = await av.Demuxer.open(path);
  try {
    return demuxer.audio() && samples(av, path);
  } finally {
    await demuxer.close();
  }
}

async function* samples(av: typeof NodeAv, path: string): AsyncGenerator<Uint8Array> {
  const demuxer = await av.Demuxer.open(path);
  try {
    const stream = demuxer.audio()!;
    const resample = {
      sampleRate: soundRate,
      sampleFormat: av.AV_SAMPLE_FMT_S16,
      channelLayout: av.AV_CHANNEL_LAYOUT_STEREO,
    };
    const decoder = await av.Decoder.create(stream, { threadCount: 1, resample });
    try {
      let isFirst = true;
      for await (const frame of frames(av, demuxer, { stream, decoder })) {
        if (isFirst) yield* silenceBefore(frame);
        isFirst = false;
        yield frame.toBuffer();
        frame.free();
      }
    } finally {
      decoder.close();
    }
  } finally {
    await demuxer.close();
  }
}

/** Sound that begins later than the file begins with silence. */
function* silenceBefore({ pts, timeBase }: NodeAv.Frame): Generator<Uint8Array> {
  const before = Math.round((Number(pts) * timeBase.num * soundRate) / timeBase.den);
  if (before > 0 && before < 3600 * soundRate) yield new Uint8Array(before * sampleBytes);
}

/** Read with FFmpeg's own call: node-av's `packets()` ends in silence where reading fails. */
async function* frames(
  av: typeof NodeAv,
  demuxer: NodeAv.Demuxer,
  { stream, decoder }: { readonly stream: NodeAv.Stream; readonly decoder: NodeAv.Decoder },
): AsyncGenerator<NodeAv.Frame> {
  const input = demuxer.getFormatContext();
  const packet = new av.Packet();
  packet.alloc();
  try {
    for (;;) {
      const read = await input.readFrame(packet);
      if (read === av.AVERROR_EOF) break;
      if (read < 0) throw new av.FFmpegError(read);
      if (packet.streamIndex === stream.index) yield* await decoder.decodeAll(packet);
      packet.unref();
    }
    yield* decoder.flushFrames();
  } finally {
    packet.free();
  }
}

/** Sound beside the video of a file by node-av, for `VideoBackend.addSound`. */
export async function addSoundWithNodeAv(
  av: typeof NodeAv,
  parts: {
    readonly path: string;
    readonly sound: AsyncIterable<Uint8Array>;
    readonly samples: number;
    readonly muxer: NodeAv.Muxer;
  },
): Promise<void> {
  const { path, muxer, samples: count, sound } = parts;
  const demuxer = await av.Demuxer.open(path);
  const encoder = await av.Encoder.create('aac' as NodeAv.FFEncoderCodec, {
    ...{ bitrate: soundBitRate, threadCount: 1, autoResample: true },
    configure: (context) => context.setFlags(av.AV_CODEC_FLAG_BITEXACT),
  });
  const packet = new av.Packet();
  packet.alloc();
  try {
    const video = demuxer.video()!;
    const track = muxer.addStream(video);
    const writer = new SoundWriter(av, encoder, { muxer, track: muxer.addStream(encoder), count });
    const blocks = blocksOf(sound, count);
    let written = 0;
    /** Sound goes before the video that is shown with it; the first of it opens the encoder. */
    const until = async (seconds: number): Promise<void> => {
      while (written <= seconds * soundRate) {
        const { done, value } = await blocks.next();
        if (done) return;
        await writer.write(value);
        written += AAC_FRAME;
      }
    };
    const input = demuxer.getFormatContext();
    for (;;) {
      const read = await input.readFrame(packet);
      if (read === av.AVERROR_EOF) break;
      if (read < 0) throw new av.FFmpegError(read);
      if (packet.streamIndex === video.index) {
        const { timeBase } = video;
        packet.timeBase = timeBase;
        await until((Number(packet.pts) * timeBase.num) / timeBase.den);
        await muxer.writePacket(packet, track);
      }
      packet.unref();
    }
    await until(Number.POSITIVE_INFINITY);
    await writer.close();
  } finally {
    packet.free();
    encoder.close();
    await muxer.close();
    await demuxer.close();
  }
}

/** Pieces of one packet each, with silence after the end: the last packet needs as much before it is given. */
async function* blocksOf(
  sound: AsyncIterable<Uint8Array>,
  count: number,
): AsyncGenerator<Buffer, undefined, void> {
  const size = AAC_FRAME * sampleBytes;
  const silence = AAC_FRAME + ((AAC_FRAME - (count % AAC_FRAME)) % AAC_FRAME);
  let rest = Buffer.alloc(0);
  for await (const part of withTail(sound, silence * sampleBytes)) {
    rest = Buffer.concat([rest, part]);
    let at = 0;
    for (; at + size <= rest.length; at += size) yield Buffer.from(rest.subarray(at, at + size));
    rest = rest.subarray(at);
  }
  return undefined;
}

async function* withTail(sound: AsyncIterable<Uint8Array>, bytes: number): AsyncGenerator<Uint8Array> {
  yield* sound;
  yield new Uint8Array(bytes);
}

/** Encodes sound; its last packet lasts as long as the sound does. */
class SoundWriter {
  private readonly av: typeof NodeAv;
  private readonly encoder: NodeAv.Encoder;
  private readonly to: { readonly muxer: NodeAv.Muxer; readonly track: number; readonly count: number };
  private next = 0n;

  constructor(av: typeof NodeAv, encoder: NodeAv.Encoder, to: SoundWriter['to']) {
    this.av = av;
    this.encoder = encoder;
    this.to = to;
  }

  async write(block: Buffer): Promise<void> {
    const { av } = this;
    const frame = av.Frame.fromAudioBuffer(block, {
      ...{ nbSamples: AAC_FRAME, sampleRate: soundRate, timeBase: { num: 1, den: soundRate } },
      ...{ format: av.AV_SAMPLE_FMT_S16, channelLayout: av.AV_CHANNEL_LAYOUT_STEREO },
    });
    frame.pts = this.next;
    this.next += BigInt(AAC_FRAME);
    try {
      await this.send(await this.encoder.encodeAll(frame));
    } finally {
      frame.free();
    }
  }

  close(): Promise<void> {
    return this.send(this.encoder.flushPackets());
  }

  private async send(packets: Iterable<NodeAv.Packet> | AsyncIterable<NodeAv.Packet>): Promise<void> {
    const { muxer, track, count } = this.to;
    for await (const packet of packets) {
      const left = BigInt(count) - packet.pts;
      if (left < packet.duration) packet.duration = left;
      if (left > 0n) await muxer.writePacket(packet, track);
      packet.free();
    }
  }
}
