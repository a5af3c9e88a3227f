/** The weights of red and blue in luma; green has the rest. */
export interface LumaWeights {
  readonly red: number;
  readonly blue: number;
}

/** What we write: BT.709, that of HD video. */
export const bt709: LumaWeights = { red: 0.2126, blue: 0.0722 };
const bt601: LumaWeights = { red: 0.299, blue: 0.114 };

/** By the number and by FFmpeg's name of the matrix (ITU-T H.273, table 4). */
const matrices: readonly {
  readonly number: number;
  readonly name: string;
  readonly weights?: LumaWeights;
}[] = [
  { number: 0, name: 'gbr' },
  { number: 1, name: 'bt709', weights: bt709 },
  { number: 4, name: 'fcc', weights: { red: 0.3, blue: 0.11 } },
  { number: 5, name: 'bt470bg', weights: bt601 },
  { number: 6, name: 'smpte170m', weights: bt601 },
  { number: 7, name: 'smpte240m', weights: { red: 0.212, blue: 0.087 } },
  { number: 8, name: 'ycgco' },
  { number: 9, name: 'bt2020nc', weights: { red: 0.2627, blue: 0.0593 } },
  { number: 10, name: 'bt2020c' },
  { number: 11, name: 'smpte2085' },
  { number: 12, name: 'chroma-derived-nc' },
  { number: 13, name: 'chroma-derived-c' },
  { number: 14, name: 'ictcp' },
];

/** FFmpeg's name of a matrix by its number; 'unknown' for files that do not say. */
export function matrixName(number: number): string {
  return matrices.find((matrix) => matrix.number === number)?.name ?? 'unknown';
}

/**
 * The luma weights of YUV with the named matrix, or undefined where YUV with it is not supported. A file that names
 * none means BT.709 from HD sizes on (1280 columns, or more than 576 rows) and BT.601 below, as players take it.
 */
export function lumaWeights(name: string, width: number, height: number): LumaWeights | undefined {
  const implied = impliedMatrix(name, width, height);
  return matrices.find((matrix) => matrix.name === implied)?.weights;
}

/** The name of the matrix that a file of this size means: its own, where it is known. */
export function impliedMatrix(name: string | undefined, width: number, height: number): string {
  if (name !== undefined && matrices.some((matrix) => matrix.name === name)) return name;
  return width >= 1280 || height > 576 ? 'bt709' : 'smpte170m';
}
