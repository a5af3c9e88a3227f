import { resampleFrames } from '../film/index.ts';
import {
  cropImage,
  type Image,
  openVideo,
  readSound,
  resizeImage,
  soundLength,
  VideoWriter,
  writeWithSound,
} from '../media/index.ts';
import { type CropWindow, cropWindow, type FramedFace } from './cropWindow.ts';
import { type FilmSource, filmTimeline } from './filmTimeline.ts';
import { InterchangeError } from './interchangeError.ts';
import { framesOf, type Timeline, type TimelineShot } from './timeline.ts';

/** Another shape of the film. */
export interface RenderOptions {
  /** Size in pixels, even numbers. What has another shape than the film is a crop of it. Default: the film's. */
  readonly size?: { readonly width: number; readonly height: number } | undefined;
  /** Frames a second, a whole number. Default: the film's. */
  readonly fps?: number | undefined;
  /**
   * What stands between two frames where there are more than the film has: the earlier one again (`hold`), or one that fades
   * between both (`mix`). Default: 'hold'.
   */
  readonly between?: 'hold' | 'mix' | undefined;
}

/** What was done, in words, for notices and credentials. */
export interface Rendered {
  readonly resized: string | undefined;
  readonly cropped: string | undefined;
  readonly retimed: string | undefined;
  /** Shots in which somebody's face is cut or left out. */
  readonly notices: readonly string[];
}

const MAX_SIDE = 8192;

/**
 * Writes the film at another size, shape or rate, from its clips: cropped shot by shot so that faces stay in the picture, where the film's checks
 * found them; enlarged by Lanczos resampling, which adds no detail; frames repeated or faded. All shots keep their place to half a
 * frame, however many there are.
 * @throws InterchangeError for sizes and rates that cannot be written
 */
export async function renderFilm(film: FilmSource, path: string, options: RenderOptions): Promise<Rendered> {
  const timeline = await filmTimeline(film);
  const { size = timeline, fps = timeline.fps, between = 'hold' } = options;
  check(size, fps);
  const windows = timeline.shots.map((shot) => cropWindow(timeline, size, facesOf(film, shot)));
  const write = async (to: string): Promise<void> => {
    const writer = await VideoWriter.create(to, { width: size.width, height: size.height, fps });
    try {
      for (const [i, shot] of timeline.shots.entries()) {
        const count = place(shot.at + shot.frames, timeline, fps) - place(shot.at, timeline, fps);
        if (count === 0) continue;
        const frames = resampleFrames(shown(shot, windows[i]!, size), {
          count,
          fps,
          sourceFps: timeline.fps,
          between,
        });
        for await (const frame of frames) await writer.write(frame);
      }
      await writer.close();
    } catch (error) {
      await writer.abort();
      throw error;
    }
  };
  const length = soundLength(place(framesOf(timeline), timeline, fps) / fps);
  const sound = await readSound(film.folder.movie, length);
  if (sound) await writeWithSound(path, { sound: [sound], length }, write);
  else await write(path);
  return describe(timeline, { size, fps, between }, windows);
}

/** Frame at the new rate at which a frame of the film begins. */
const place = (frame: number, { fps: before }: Timeline, fps: number): number =>
  Math.round((frame * fps) / before);

function check({ width, height }: { width: number; height: number }, fps: number): void {
  for (const side of [width, height]) {
    if (Number.isInteger(side) && side >= 16 && side <= MAX_SIDE && side % 2 === 0) continue;
    throw new InterchangeError(
      `--size ${width}x${height}: both sides must be even numbers of pixels from 16 to ${MAX_SIDE}, as H.264 takes them`,
    );
  }
  if (!Number.isInteger(fps) || fps < 1 || fps > 120)
    throw new InterchangeError(`--fps ${fps} must be a whole number from 1 to 120`);
}

/** The frames of a shot in the new shape; the last one once more, so that there is one after every moment of the shot. */
async function* shown(
  { clip, start, frames }: TimelineShot,
  window: CropWindow,
  { width, height }: { readonly width: number; readonly height: number },
): AsyncGenerator<Image> {
  let at = 0;
  let last: Image | undefined;
  for await (const frame of (await openVideo(clip.file)).frames()) {
    if (at >= start) {
      const isWhole = window.width === frame.width && window.height === frame.height;
      const part = isWhole ? frame : cropImage(frame, window.left, window.top, window.width, window.height);
      last =
        part.width === width && part.height === height ? part : resizeImage(part, width, height, 'lanczos');
      yield last;
    }
    if (++at === start + frames) break;
  }
  while (last) yield last;
}

/** The faces that the checks found in a shot's keyframe and in frames of its clip. */
function facesOf({ folder }: FilmSource, { id }: TimelineShot): FramedFace[] {
  const checks = folder.state.shots.find((shot) => shot.id === id)?.checks;
  const pictures = [...(checks?.keyframe?.pictures ?? []), ...(checks?.clip?.pictures ?? [])];
  return pictures.flatMap(({ size: [width, height], faces }) =>
    faces.map(({ box: [x0, y0, x1, y1], character }) => ({
      box: [x0 / width, y0 / height, x1 / width, y1 / height] as const,
      name: character ?? undefined,
    })),
  );
}

function describe(
  { width, height, fps: before, shots }: Timeline,
  { size, fps, between }: Required<{ [K in keyof RenderOptions]: NonNullable<RenderOptions[K]> }>,
  windows: readonly CropWindow[],
): Rendered {
  const isCropped = windows.some((window) => window.width !== width || window.height !== height);
  const lost = shots.flatMap(({ label }, i) => {
    const names = windows[i]?.lost ?? [];
    return names.length > 0 ? [`${label} (${names.join(', ')})`] : [];
  });
  const more = lost.length > 8 ? ` and ${lost.length - 8} more` : '';
  const isResized =
    size.width !== (windows[0]?.width ?? width) || size.height !== (windows[0]?.height ?? height);
  return {
    cropped: isCropped
      ? `cropped from ${width}x${height} to ${windows[0]?.width}x${windows[0]?.height}, shot by shot, around faces`
      : undefined,
    resized: isResized
      ? `resized to ${size.width}x${size.height} by Lanczos resampling, which adds no detail`
      : undefined,
    retimed:
      fps === before
        ? undefined
        : `${fps} instead of ${before} frames a second, ${between === 'hold' ? 'frames repeated or dropped' : 'frames faded into each other'}`,
    notices:
      lost.length > 0
        ? [`faces that the crop cuts or leaves out, by shots: ${lost.slice(0, 8).join('; ')}${more}`]
        : [],
  };
}
