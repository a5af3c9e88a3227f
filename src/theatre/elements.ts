import type { Random } from '../random/index.ts';
import { indoorPlaces } from './scene/backdrop.ts';
import type { Place, Size, Time, Weather } from './types.ts';

export const placeNames: Readonly<Record<Place, readonly string[]>> = {
  forest: ['forest', 'woods', 'deep forest'],
  street: ['street', 'city street', 'road', 'town'],
  room: ['living room', 'room', 'sitting room', 'parlour'],
  beach: ['beach', 'beach', 'seaside', 'shore'],
  ship: ['ship', 'deck of a ship', 'boat'],
  kitchen: ['kitchen'],
  library: ['library', 'library', 'old library'],
  mountain: ['mountains', 'mountain meadow', 'mountain valley'],
  harbour: ['harbour', 'harbour', 'port', 'docks'],
  desert: ['desert', 'desert', 'sand dunes'],
  market: ['market', 'market square'],
  station: ['station', 'station platform', 'railway station', 'train station'],
  cave: ['cave', 'cave', 'cavern'],
  garden: ['garden', 'garden', 'flower garden', 'park'],
  village: ['village', 'village', 'village green'],
  cafe: ['cafe', 'cafe', 'coffee house'],
};

export const timeNames: Readonly<Record<Time, readonly string[]>> = {
  morning: ['Morning', 'Early morning', 'Sunrise', 'Dawn', 'At dawn', 'In the morning'],
  day: ['Day', 'Midday', 'Daylight', 'Noon', 'Afternoon', 'In the daytime'],
  evening: ['Evening', 'Dusk', 'Sunset', 'Twilight', 'At dusk', 'In the evening'],
  night: ['Night', 'At night', 'Late at night', 'Midnight', 'In the middle of the night'],
};

export const sizeNames: Readonly<Record<Size, readonly string[]>> = {
  'close-up': ['Close-up', 'Close shot'],
  medium: ['Medium shot'],
  wide: ['Wide shot', 'Long shot'],
};

export const outdoorWeather: Readonly<
  Record<Weather, { readonly adjective: string; readonly after: string; readonly own: readonly string[] }>
> = {
  clear: { adjective: '', after: '', own: ['Clear sky', 'Fine weather', 'Good weather'] },
  rain: {
    adjective: 'Rainy',
    after: ' in the rain',
    own: ['Rain', 'It is raining', 'Heavy rain', 'Pouring rain', 'Rainy weather'],
  },
  snow: {
    adjective: 'Snowy',
    after: ' in the snow',
    own: ['Snow', 'It is snowing', 'Snowfall', 'Heavy snow', 'Snowy weather'],
  },
  fog: {
    adjective: 'Foggy',
    after: ' in the fog',
    own: ['Fog', 'Thick fog', 'Dense fog', 'Foggy weather', 'Mist'],
  },
};

/** Scene element sentences: place, weather, time of day, shot size; at most `limit` (3 or more). */
export function sceneElements(
  random: Random,
  place: Place,
  time: Time,
  weather: Weather,
  size: Size,
  limit: number,
): string[] {
  const name = random.pick(placeNames[place]);
  const indoor = indoorPlaces.includes(place);
  const words = outdoorWeather[weather];
  const out: string[] = [];
  if (weather === 'clear') {
    out.push(capital(name));
    if (!indoor && limit > 3 && random.chance(0.2)) out.push(random.pick(words.own));
  } else if (indoor) {
    const what = words.own[0] as string;
    out.push(
      limit > 3 && random.chance(0.6) ? capital(name) : `${capital(name)}, ${what.toLowerCase()} outside`,
    );
    if (out[0] === capital(name))
      out.push(
        random.pick([
          `${what} outside`,
          place === 'cave' ? `${what} outside the cave` : `${what} behind the window`,
        ]),
      );
  } else {
    const form = random.int(limit > 3 ? 3 : 2);
    out.push(
      form === 0
        ? `${words.adjective} ${name}`
        : form === 1
          ? `${capital(name)}${words.after}`
          : capital(name),
    );
    if (form === 2) out.push(random.pick(words.own));
  }
  out.push(random.pick(timeNames[time]), random.pick(sizeNames[size]));
  return out;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** What a scene element says, of what `sceneElements` may say; nothing for other texts. */
export interface ElementLabels {
  readonly place?: Place;
  readonly time?: Time;
  readonly weather?: Weather;
  readonly size?: Size;
}

/** Reads a scene element: 'Foggy forest' is a place and a weather. */
export function readElement(text: string): ElementLabels {
  const named = <K extends string>(forms: Readonly<Record<K, readonly string[]>>): K | undefined =>
    (Object.keys(forms) as K[]).find((key) =>
      forms[key].some((form) => new RegExp(`\\b${form}\\b`, 'i').test(text)),
    );
  const weatherWords = Object.fromEntries(
    Object.entries(outdoorWeather).map(([key, { adjective, own }]) => [
      key,
      [...own, ...(adjective === '' ? [] : [adjective])],
    ]),
  ) as unknown as Record<Weather, readonly string[]>;
  const found = {
    place: named(placeNames),
    time: named(timeNames),
    weather: named(weatherWords),
    size: named(sizeNames),
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}
