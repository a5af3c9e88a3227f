/** A vision transformer's patch tokens [n, tokens, width], row by row of square pictures. */
export interface PatchTokens {
  readonly spatial: Float32Array;
  /** Of each picture: a square number. */
  readonly tokens: number;
  readonly width: number;
}

/**
 * What a vision transformer sees in each part of a picture: its patch tokens averaged over `side` x `side` parts, row by
 * row, one array [side * side * width] a picture. An embedding of the whole picture keeps what its captions told apart;
 * these keep where things are, too. Throws RangeError where the patches do not divide into the parts.
 */
export function pooledPatches({ spatial, tokens, width }: PatchTokens, side: number): Float32Array[] {
  const grid = Math.round(Math.sqrt(tokens));
  if (grid * grid !== tokens || grid % side !== 0)
    throw new RangeError(`pooledPatches: ${tokens} patches do not divide into ${side} x ${side} parts`);
  const size = grid / side;
  return Array.from({ length: spatial.length / (tokens * width) }, (_, picture) => {
    const out = new Float32Array(side * side * width);
    for (let token = 0; token < tokens; token++) {
      const [row, column] = [Math.floor(token / grid), token % grid];
      const part = Math.floor(row / size) * side + Math.floor(column / size);
      const from = (picture * tokens + token) * width;
      for (let c = 0; c < width; c++) out[part * width + c]! += spatial[from + c]! / (size * size);
    }
    return out;
  });
}
