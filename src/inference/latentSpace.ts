import { z } from 'zod';

const finite = z.array(z.number());

/** `latents.json` beside the VAE's weights: what the stage that trained it measured over training pictures. */
export const latentSpaceFile: z.ZodType<LatentSpace> = z.object({
  mean: finite,
  std: z.array(z.number().positive()),
  components: z.array(finite).optional(),
});

/**
 * Standardised latents, which diffusion works on: (components (latents - mean)) / std at each position. Neighbouring
 * channels of a VAE say much the same, and noise drowns what only small differences between them say; directions of
 * their own do not have that problem, and those in which nothing happens can be left out (`latent_components`).
 */
export interface LatentSpace {
  /** Mean of each latent channel, [c]. */
  readonly mean: readonly number[];
  /** What each standardised channel is divided by, [k]. */
  readonly std: readonly number[];
  /** Orthonormal directions, [k][c]; without them the channels themselves. */
  readonly components?: readonly (readonly number[])[] | undefined;
}

/** Latents [n, c, p] -> standardised latents [n, k, p]. */
export function standardise(
  x: Float32Array,
  n: number,
  { mean, std, components }: LatentSpace,
): Float32Array {
  const [c, k] = [mean.length, std.length];
  const p = x.length / (n * c);
  const out = new Float32Array(n * k * p);
  for (let image = 0; image < n; image++) {
    for (let j = 0; j < k; j++) {
      const to = out.subarray((image * k + j) * p, (image * k + j + 1) * p);
      const scale = 1 / (std[j] as number);
      const add = (i: number, weight: number): void => {
        const from = (image * c + i) * p;
        for (let at = 0; at < p; at++) to[at]! += ((x[from + at] as number) - (mean[i] as number)) * weight;
      };
      if (!components) add(j, scale);
      else for (const [i, weight] of components[j]!.entries()) add(i, weight * scale);
    }
  }
  return out;
}

/** Standardised latents [n, k, p] -> latents [n, c, p]. */
export function restore(z: Float32Array, n: number, { mean, std, components }: LatentSpace): Float32Array {
  const [c, k] = [mean.length, std.length];
  const p = z.length / (n * k);
  const out = new Float32Array(n * c * p);
  for (let image = 0; image < n; image++) {
    for (let i = 0; i < c; i++) {
      const to = out.subarray((image * c + i) * p, (image * c + i + 1) * p).fill(mean[i] as number);
      const add = (j: number, weight: number): void => {
        const from = (image * k + j) * p;
        for (let at = 0; at < p; at++) to[at]! += (z[from + at] as number) * weight;
      };
      if (!components) add(i, std[i] as number);
      else for (let j = 0; j < k; j++) add(j, (components[j] as readonly number[])[i]! * (std[j] as number));
    }
  }
  return out;
}
