import { type Place, places, type Time, times, type Weather, weathers } from '../../theatre/index.ts';

/** Where and when a shot is. */
export interface Setting {
  readonly place: Place;
  readonly time: Time;
  readonly weather: Weather;
}

/** All settings, in the order of `SetReading.sets`. */
export const settings: readonly Setting[] = places.flatMap((place) =>
  times.flatMap((time) => weathers.map((weather) => ({ place, time, weather }))),
);

/** How much a cosine counts beside the cost of a change of the setting between two shots; measured on validation episodes. */
const WEIGHT = 60;
const CHANGE = 3;

/**
 * The settings of a film's shots that are likeliest together (Viterbi 1967): scenes are runs of shots at one place and
 * time, so that neighbours help where one picture is doubtful.
 * @param likeness of each shot to each setting, -1 .. 1
 */
export function settingsOf(likeness: readonly (readonly number[])[]): Setting[] {
  const [first, ...others] = likeness;
  if (!first) return [];
  let best = first.map((value) => WEIGHT * value);
  const from: number[][] = [];
  for (const own of others) {
    const top = indexOfMost(best);
    const entered = (best[top] as number) - CHANGE;
    const back = best.map((score, s) => (score >= entered ? s : top));
    best = own.map((value, s) => Math.max(best[s] as number, entered) + WEIGHT * value);
    from.push(back);
  }
  const path = [indexOfMost(best)];
  for (const back of from.reverse()) path.push(back[path.at(-1) as number] as number);
  return path.reverse().map((s) => settings[s] as Setting);
}

function indexOfMost(values: readonly number[]): number {
  let at = 0;
  for (const [i, value] of values.entries()) if (value > (values[at] as number)) at = i;
  return at;
}
