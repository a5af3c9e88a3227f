import {
  indoorPlaces,
  outdoorWeather,
  placeNames,
  type Size,
  sizeNames,
  timeNames,
} from '../../theatre/index.ts';
import type { Setting } from './scenes.ts';

/** Scene elements as the theatre's scripts say them: `Forest`, `Snow`, `Night`, `Close-up`. */
export function elementsOf({ place, time, weather, size }: Setting & { readonly size: string }): string[] {
  const name = placeNames[place][0] as string;
  const isIndoor = indoorPlaces.includes(place);
  const sky = outdoorWeather[weather].own[0] as string;
  return [
    name.charAt(0).toUpperCase() + name.slice(1),
    ...(weather === 'clear' ? [] : [isIndoor ? `${sky} outside` : sky]),
    timeNames[time][0] as string,
    sizeNames[size as Size][0] as string,
  ];
}
