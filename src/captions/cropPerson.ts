import { cropImage, type Image } from '../media/index.ts';
import type { Box4 } from './types.ts';

/** How much of its surroundings is shown with a person, in sides of the box: clothes and hands reach over it. */
const around = 0.1;

/** The part of a picture in which a person is, at least one pixel of it. */
export function cropPerson(image: Image, [left, top, width, height]: Box4): Image {
  const x0 = clamp(Math.floor(left - around * width), 0, image.width - 1);
  const y0 = clamp(Math.floor(top - around * height), 0, image.height - 1);
  const x1 = clamp(Math.ceil(left + (1 + around) * width), x0 + 1, image.width);
  const y1 = clamp(Math.ceil(top + (1 + around) * height), y0 + 1, image.height);
  return cropImage(image, x0, y0, x1 - x0, y1 - y0);
}

const clamp = (value: number, least: number, most: number): number => Math.min(most, Math.max(least, value));
