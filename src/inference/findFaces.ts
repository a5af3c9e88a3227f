import { type Image, newImage, pasteImage, resizeImage } from '../media/index.ts';
import { centreSquare, cropFace } from './faceCrop.ts';
import type { DetectedFace, FaceDetector } from './faceDetector.ts';

/** Least score of a face that counts. */
export const detectionThreshold = 0.5;

/**
 * The faces of a picture of any size, from left to right. The detector's cells must divide a picture: on the right and
 * below it gets a border of grey, the zero that convolutions themselves put around it. Faces are found best at the
 * size at which the detector learned them: a picture of twice its size has faces twice as large.
 */
export async function findFaces(detector: FaceDetector, image: Image): Promise<DetectedFace[]> {
  const { patch, channels } = detector.config;
  const cell = patch * 2 ** (channels.length - 1);
  const { width, height } = image;
  const faces = await detector.detect(padded(image, cell), { threshold: detectionThreshold });
  return faces.flatMap(({ box: [x0, y0, x1, y1], score }) => {
    const [right, bottom] = [Math.min(x1, width), Math.min(y1, height)];
    return right - x0 >= 1 && bottom - y0 >= 1 ? [{ box: [x0, y0, right, bottom] as const, score }] : [];
  });
}

/** Side at which portraits are looked at: all of `examples/` score 0.98 or more at it, at half and at 4/3 of it less. */
const portraitSide = 192;

/** Whether a face is found in the part of a portrait that the face encoder sees, the square in its middle. */
export async function showsFace(detector: FaceDetector, portrait: Image): Promise<boolean> {
  const faces = await findFaces(detector, resizeImage(centreSquare(portrait), portraitSide, portraitSide));
  return faces.length > 0;
}

/** The squares around the faces that the face encoder sees. */
export function cropFaces(image: Image, faces: readonly DetectedFace[]): Image[] {
  return faces.map(({ box }) => cropFace(image, box));
}

function padded(image: Image, cell: number): Image {
  const [width, height] = [image.width, image.height].map((side) => Math.ceil(side / cell) * cell) as [
    number,
    number,
  ];
  if (width === image.width && height === image.height) return image;
  const out = newImage(width, height, [128, 128, 128]);
  pasteImage(out, image, 0, 0);
  return out;
}
