import type { Image } from '../media/index.ts';
import { type Character, Stage } from '../theatre/index.ts';
import type { EpisodeRecord } from './theatreFrames.ts';

/** Frames a second of drawn clips. */
export { framesPerSecond } from '../theatre/index.ts';

/** Draws pictures of a set's episodes that the set does not store. The same arguments give the same bytes. */
export class EpisodeArtist {
  private readonly stage: Stage;

  private constructor(stage: Stage) {
    this.stage = stage;
  }

  /** @param size pixels of keyframes and of frames of clips */
  static async create(size: { readonly width: number; readonly height: number }): Promise<EpisodeArtist> {
    return new EpisodeArtist(await Stage.create(size));
  }

  /** Keyframe of a shot, counted from 0. */
  async keyframe({ episode }: EpisodeRecord, shot: number): Promise<Image> {
    const { width, height, data } = await this.stage.drawKeyframe(episode, shot);
    return { width, height, data };
  }

  /**
   * Frames of a shot's clip.
   * @param frames how many
   * @param options.first the first of them, counted from 0. Default 0
   * @param options.every distance from one to the next in frames of the clip. Default 1
   */
  clip(
    { episode }: EpisodeRecord,
    shot: number,
    frames: number,
    options: { readonly first?: number; readonly every?: number } = {},
  ): AsyncGenerator<Image> {
    return this.stage.drawClip(episode, shot, frames, options);
  }

  /** Neutral portrait of a character, as a user's script has it. */
  portrait({ identity }: Pick<Character, 'identity'>): Promise<Image> {
    return this.stage.drawPortrait(identity);
  }
}
