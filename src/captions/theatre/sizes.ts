import type { Size } from '../../theatre/index.ts';
import type { FaceBox } from './looks.ts';

/** Heights of faces in heights of the picture: wide ones have 0.215, medium ones 0.29 to 0.32, close-ups 0.47 to 0.55. */
const bounds = { wide: 0.255, medium: 0.4 } as const;

/** The size of a shot by its largest face; undefined without one. */
export function sizeOf(faces: readonly FaceBox[], height: number): Size | undefined {
  if (faces.length === 0) return undefined;
  const largest = Math.max(...faces.map(([, y0, , y1]) => (y1 - y0) / height));
  return largest < bounds.wide ? 'wide' : largest < bounds.medium ? 'medium' : 'close-up';
}
