import { mean } from '../metrics/index.ts';
import type { ShotScores } from './shotScores.ts';

/** What counts for a shot's place; of each, higher is better. */
const parts = ['clipScore', 'clipSimilarity', 'identity', 'countMatching'] as const;

/**
 * The shots from the worst to the best. Figures of different units are no sum: by each figure that there is, a shot has a
 * place among those that have it, 0 for the worst and 1 for the best (equal ones share theirs), and the mean of its
 * places counts. A shot without people, say, is measured by the rest. Equal shots stay in their order.
 */
export function worstFirst(shots: readonly ShotScores[]): ShotScores[] {
  const places = shots.map((): number[] => []);
  for (const part of parts) {
    const values = shots.flatMap((shot) => shot[part] ?? []);
    if (values.length < 2) continue;
    for (const [i, shot] of shots.entries()) {
      const own = shot[part];
      if (own === undefined) continue;
      const below = values.filter((v) => v < own).length;
      const equal = values.filter((v) => v === own).length;
      places[i]?.push((below + (equal - 1) / 2) / (values.length - 1));
    }
  }
  const place = new Map(shots.map((shot, i) => [shot, mean(places[i] ?? []) ?? 0]));
  return shots.toSorted((a, b) => (place.get(a) ?? 0) - (place.get(b) ?? 0));
}
