import { f32, input } from '../graph/index.ts';
import { type Image, toTensor } from '../media/index.ts';
import { cellSize, type FaceDetectorConfig, faceDetector } from '../models/faceDetector/index.ts';
import type { ModelSource } from '../presets/index.ts';
import type { Box } from './faceCrop.ts';
import { Networks } from './networks.ts';

/** A face that was found. */
export interface DetectedFace {
  readonly box: Box;
  /** 0 .. 1. */
  readonly score: number;
}

export interface DetectionOptions {
  /** Least score of a face, 0.5 by default. */
  readonly threshold?: number;
  /** Of two boxes that overlap by more than this share of their union, the surer one stays; 0.4 by default. */
  readonly overlap?: number;
}

/** Finds faces in pictures. */
export class FaceDetector {
  readonly config: FaceDetectorConfig;
  private readonly networks: Networks;

  constructor(source: ModelSource, config: FaceDetectorConfig) {
    this.config = config;
    this.networks = new Networks(source);
  }

  /** The faces of one picture from left to right; its sides must divide into the detector's coarsest cells. */
  async detect(
    image: Image,
    { threshold = 0.5, overlap = 0.4 }: DetectionOptions = {},
  ): Promise<DetectedFace[]> {
    const { width, height } = image;
    const shape = [1, 3, height, width];
    const network = await this.networks.get(`${width}x${height}`, (p) => ({
      ...faceDetector(p, input('pixels', shape), this.config),
    }));
    const { logits, sides } = await network.run({ pixels: f32(toTensor(image).data as Float32Array, shape) });
    const cell = cellSize(this.config);
    const grid = { width: width / cell, height: height / cell, cell };
    const all = facesOf(logits?.data as Float32Array, sides?.data as Float32Array, grid, threshold);
    const faces = withoutDoubles(all, overlap);
    return faces.sort((a, b) => a.box[0] + a.box[2] - (b.box[0] + b.box[2]));
  }

  release(): Promise<void> {
    return this.networks.release();
  }
}

interface Grid {
  readonly width: number;
  readonly height: number;
  /** Side of a cell in pixels. */
  readonly cell: number;
}

/** One box for every cell that is sure enough, cut off at the picture's border. */
function facesOf(
  logits: Float32Array,
  sides: Float32Array,
  { width, height, cell }: Grid,
  threshold: number,
): DetectedFace[] {
  const faces: DetectedFace[] = [];
  const n = width * height;
  for (let i = 0; i < n; i++) {
    const score = 1 / (1 + Math.exp(-(logits[i] as number)));
    if (score < threshold) continue;
    const [x, y] = [(i % width) + 0.5, Math.floor(i / width) + 0.5];
    const reach = (side: number): number => Math.exp(sides[side * n + i] as number);
    const within = (v: number, most: number): number => Math.min(Math.max(v * cell, 0), most * cell);
    const box: Box = [
      within(x - reach(0), width),
      within(y - reach(1), height),
      within(x + reach(2), width),
      within(y + reach(3), height),
    ];
    if (box[2] - box[0] >= 1 && box[3] - box[1] >= 1) faces.push({ box, score });
  }
  return faces;
}

/** Non-maximum suppression. */
function withoutDoubles(faces: readonly DetectedFace[], overlap: number): DetectedFace[] {
  const kept: DetectedFace[] = [];
  for (const face of faces.toSorted((a, b) => b.score - a.score))
    if (kept.every((k) => intersectionOverUnion(k.box, face.box) <= overlap)) kept.push(face);
  return kept;
}

/** Area that two boxes share over the area that they cover together, 0 .. 1. */
export function intersectionOverUnion(a: Box, b: Box): number {
  const across = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const down = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  if (across <= 0 || down <= 0) return 0;
  const area = ([x0, y0, x1, y1]: Box): number => (x1 - x0) * (y1 - y0);
  return (across * down) / (area(a) + area(b) - across * down);
}
