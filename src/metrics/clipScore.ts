import { cosineSimilarity } from './cosine.ts';

/**
 * CLIP score of a picture (paper 4.2: "semantic alignment between the plot and generated outputs"): 100 max(cos, 0)
 * (Hessel et al. 2021, without their factor) with the mean of the unit embeddings of all sentences of its shot. A
 * contrastive text encoder that is trained with several true sentences a picture draws the picture to just that mean;
 * and other than the sentences joined to one text, nothing is ever cut off at the encoder's last position. 0 .. 100,
 * higher is better; undefined without sentences.
 */
export function clipScore(image: Float32Array, sentences: readonly Float32Array[]): number | undefined {
  if (sentences.length === 0) return undefined;
  const mean = new Float32Array(image.length);
  for (const sentence of sentences) for (let i = 0; i < mean.length; i++) mean[i]! += sentence[i]!;
  return 100 * Math.max(0, cosineSimilarity(image, mean));
}
