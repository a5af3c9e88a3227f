import type { Image } from '../media/index.ts';
import { EpisodeArtist } from './episodeArtist.ts';
import { frameImage, framesByRow } from './frameImages.ts';
import type { FrameRecord, FrameSet } from './theatreFrames.ts';

/** The true frames of a set at the size at which a decoder paints: those of the set, or the same shots drawn larger. */
export class PaintedFrames {
  readonly set: FrameSet;
  readonly width: number;
  readonly height: number;
  private readonly scale: number;
  private readonly frames: ReturnType<typeof framesByRow>;
  private artist: Promise<EpisodeArtist> | undefined;

  /** @param scale how many times larger than the set's frames */
  constructor(set: FrameSet, scale: number) {
    this.set = set;
    this.scale = scale;
    this.width = set.options.width * scale;
    this.height = set.options.height * scale;
    this.frames = framesByRow(set);
  }

  /** The frame of a row; the same bytes each time. */
  async image(row: number): Promise<Image> {
    const of = this.frames[row];
    if (this.scale === 1 || !of) return frameImage(this.set, row);
    this.artist ??= EpisodeArtist.create({ width: this.width, height: this.height });
    return (await this.artist).keyframe(of.episode, of.frame.shot);
  }

  /** The faces of a row's frame, in pixels of its picture. */
  faces(row: number): Pick<FrameRecord, 'faces'> {
    const faces = (this.frames[row]?.frame.faces ?? []).map((face) => {
      const [left, top, right, bottom] = face.box;
      const box = [left, top, right, bottom].map((v) => v * this.scale) as [number, number, number, number];
      return { ...face, box };
    });
    return { faces };
  }
}
