import { shotLabel } from '../film/index.ts';
import { contactSheet, encodePng, type Image, readImage, resizeImage } from '../media/index.ts';
import { type FilmSource, titleOf } from './filmTimeline.ts';
import { InterchangeError } from './interchangeError.ts';

/** A shot as a page shows it. */
export interface BoardShot {
  readonly place: number;
  readonly label: string;
  /** Path of the keyframe. */
  readonly picture: string;
  readonly people: readonly { readonly id: string; readonly expression: string }[];
  readonly elements: readonly string[];
  readonly plot: readonly string[];
  readonly seconds: number;
}

/** A film's keyframes with the script's words: what a storyboard, a comic and a contact sheet show. */
export interface Board {
  readonly title: string;
  readonly shots: readonly BoardShot[];
}

/** @throws InterchangeError where shots have no keyframe yet */
export function filmBoard({ folder, script }: FilmSource): Board {
  const { shots } = folder.state;
  const missing = shots.filter(({ keyframe }) => !keyframe).map(shotLabel);
  if (missing.length > 0) {
    throw new InterchangeError(
      `shots ${missing.slice(0, 8).join(', ')}${missing.length > 8 ? ` and ${missing.length - 8} more` : ''} have no ` +
        `keyframe yet; make them first: npx moviedreamer generate ${script.file} --out ${folder.path}`,
    );
  }
  return {
    title: titleOf(script),
    shots: script.shots.map(({ characters, elements, plot, seconds }, i) => ({
      ...{ place: i + 1, label: shotLabel(shots[i]!), picture: folder.keyframe(i) },
      ...{ people: characters, elements, plot, seconds },
    })),
  };
}

/** Width to which larger pictures are reduced, in pixels: ten rows of ten stay below 4,000. */
const SHEET_WIDTH = 384;

/** All keyframes on one sheet, each with its number and plot below it, as the bytes of a PNG file. */
export async function contactSheetPng({ title, shots }: Board): Promise<Uint8Array> {
  const images: Image[] = [];
  for (const { picture } of shots) images.push(reduced(await readImage(picture), SHEET_WIDTH));
  const labels = shots.map(({ place, label, plot }) => `${numbered(place, label)} ${plot.join(' ')}`);
  return encodePng(contactSheet(images, { title, labels }));
}

/** A picture at most so wide. */
export function reduced(image: Image, width: number): Image {
  if (image.width <= width) return image;
  return resizeImage(image, width, Math.max(1, Math.round((image.height * width) / image.width)));
}

/** `3`, or `3 (harbour)` where the shot has a name. */
export const numbered = (place: number, label: string): string =>
  label === `${place}` ? label : `${place} (${label})`;
