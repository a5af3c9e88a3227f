import { beards, clothesForms, glassesForms, hairForms, hatForms } from './describe.ts';
import { outdoorWeather, placeNames, sizeNames, timeNames } from './elements.ts';
import { words as moodWords } from './expressions.ts';
import { femaleNames, maleNames } from './names.ts';
import { hairColours, palette } from './palette.ts';
import { placePhrases } from './patterns/index.ts';
import { props } from './props.ts';
import { episodeToScript } from './script.ts';
import { capacity, generateEpisode } from './story.ts';
import {
  type Expression,
  expressions,
  type Place,
  type PropName,
  places,
  propNames,
  sizes,
  times,
  weathers,
} from './types.ts';

interface Entry {
  readonly say: readonly string[];
  readonly instead: readonly string[];
  readonly example?: string;
}
type Entries = Readonly<Record<string, Entry>>;

/** The content of `presets/theatre/vocabulary.json`, in the form that `vocabularySchema` describes. */
export interface TheatreVocabulary {
  readonly version: 1;
  readonly people: Readonly<Record<string, number>>;
  readonly topics: Readonly<Record<string, Entries>>;
  readonly words: { readonly scene: readonly string[]; readonly description: readonly string[] };
  readonly names: readonly string[];
  readonly sentences: { readonly elements: readonly string[]; readonly plots: readonly string[] };
}

/** Verbs that plots say instead of an expression's own words. */
const moodVerbs: Readonly<Record<Expression, readonly string[]>> = {
  neutral: ['looks straight ahead'],
  smiling: ['smile'],
  laughing: ['laugh', 'cheer'],
  sad: ['sorry'],
  crying: ['cry', 'cries', 'weep', 'weeps', 'bursts into tears'],
  angry: ['frowns', 'shouts', 'scolds', 'quarrel', 'rage'],
  surprised: ['stare', 'in surprise', 'in amazement', 'cannot believe'],
  afraid: ['trembles', 'fear', 'frightens'],
  sleepy: ['asleep', 'closes her eyes', 'closes his eyes', 'close their eyes', 'eyes fall shut'],
  thoughtful: ['wonders', 'thinks', 'think'],
};

/** What people write who mean a thing of the theatre, and its scripts never say. */
const instead: Readonly<Record<string, string>> = {
  forest: 'wood,grove,jungle,pine trees,woodland,rainforest',
  street: 'road,avenue,alley,downtown,sidewalk,town',
  room: 'lounge,parlour,parlor,bedroom,house,apartment,flat,office',
  beach: 'seaside,shore,coast,seashore,island,ocean',
  ship: 'boat,sailing boat,vessel,yacht,ferry',
  kitchen: 'pantry,bakery',
  library: 'bookshop,bookstore,archive,study,school,classroom',
  mountain: 'hill,summit,cliff,alps,valley,meadow',
  harbour: 'harbor,port,pier,dock,marina,lighthouse',
  desert: 'wasteland,dune,savanna',
  market: 'bazaar,shop,supermarket,fair,square',
  station: 'railway,subway,airport,bus stop',
  cave: 'grotto,tunnel,mine,cellar,dungeon',
  garden: 'park,orchard,greenhouse,yard,farm,field',
  village: 'hamlet,farmhouse,small town,cottage',
  cafe: 'coffee shop,coffeehouse,restaurant,bar,pub,bistro',
  morning: 'dawn,daybreak,first light',
  day: 'noon,afternoon,daytime',
  evening: 'twilight,nightfall,golden hour',
  night: 'midnight,moonlight,starlit',
  clear: 'sunny,sunshine,cloudless,blue sky',
  rain: 'drizzle,downpour,storm,stormy,thunder,shower,pouring',
  snow: 'blizzard,snowstorm,snowfall,snow-covered',
  fog: 'mist,misty,haze,hazy',
  'close-up': 'closeup,extreme close-up,headshot',
  medium: 'mid shot,midshot,medium close-up,waist shot,two-shot,american shot',
  wide: 'establishing shot,full shot,extreme long shot,panorama,aerial shot,wide angle',
  neutral: 'relaxed,blank,composed,expressionless',
  smiling: 'joyful,grinning,pleased,friendly,glad,grin',
  laughing: 'giggling,chuckling,ecstatic',
  sad: 'depressed,gloomy,melancholy,heartbroken,sorrowful',
  crying: 'sobbing,tearful',
  angry: 'mad,enraged,annoyed,outraged',
  surprised: 'shocked,stunned,startled',
  afraid: 'terrified,fearful,anxious,nervous,worried,horrified',
  sleepy: 'exhausted,drowsy,sleeping',
  thoughtful: 'pensive,curious,confused,puzzled,concentrated',
  lamp: 'lamp,torch,flashlight',
  letter: 'envelope,note,postcard,parchment',
  cup: 'mug,glass,teacup',
  book: 'notebook,diary,novel',
  umbrella: 'parasol',
  flower: 'rose,bouquet,tulip',
  map: 'chart,atlas',
  telescope: 'spyglass,binoculars',
  camera: 'phone,smartphone',
  basket: 'bowl of fruit',
  apple: 'fruit,pear',
  suitcase: 'bag,luggage,backpack,trunk',
  gift: 'present,parcel,package',
};

/** Words for poses; the first is how the hint writes it. */
const poses: Readonly<Record<string, readonly string[]>> = {
  wave: ['waving', 'wave with one hand', 'with one hand raised'],
  hold: ['holding'],
  raise: ['lifting', 'holding up', 'raising'],
  hips: ['hands on hips', 'hands on her hips', 'hands on his hips'],
  think: ['hand on her chin', 'hand on his chin'],
  cheer: ['cheering', 'both arms in the air', 'raised arms'],
  shelter: ['holding overhead'],
  walk: ['walking'],
};

/** Episodes whose scripts are read for words: enough that twice as many say no new one. */
const EPISODES = 600;

/** What the theatre's scripts say: each thing by its phrases, all words, and sentences to compare with. */
export function theatreVocabulary(): TheatreVocabulary {
  const scripts = Array.from({ length: EPISODES }, (_, i) => episodeToScript(generateEpisode(0, i, 'train')));
  const shots = scripts.flatMap((script) => script.shots);
  const names = [...femaleNames, ...maleNames];
  const said = shots.flatMap((shot) => [
    ...shot.elements,
    shot.plot,
    ...(Array.isArray(shot.characters) ? [] : Object.values(shot.characters).map((text) => text ?? '')),
  ]);
  const descriptions = scripts.flatMap(({ characters }) =>
    Object.values(characters).map(({ description }) => description),
  );
  const isName = new Set(names.map((name) => name.toLowerCase()));
  const scene = distinct(said, isName);
  const isMet = (word: string): boolean => scene.includes(word) || scene.includes(`${word}s`);
  const example = (phrases: readonly string[]): { example?: string } => {
    const all = [...shots.flatMap(({ elements }) => elements), ...shots.map(({ plot }) => plot)];
    const found = all.find((text) => phrases.some((phrase) => new RegExp(`\\b${phrase}\\b`, 'i').test(text)));
    return found === undefined ? {} : { example: found };
  };
  const entry = (name: string, say: readonly string[]): Entry => ({
    say,
    instead: (instead[name]?.split(',') ?? []).filter((phrase) => !phrase.split(/[ -]/).every(isMet)),
    ...example(say),
  });
  const entries = <K extends string>(keys: readonly K[], say: (key: K) => readonly string[]): Entries =>
    Object.fromEntries(keys.map((key) => [key, entry(key, say(key))]));
  const worn = (forms: Readonly<Record<string, readonly string[]>>): Entries =>
    Object.fromEntries(
      Object.entries(forms).map(([key, all]) => [
        key,
        { say: [...new Set(all.map(withoutSlots))], instead: [] },
      ]),
    );
  return {
    version: 1,
    people: capacity,
    topics: {
      place: entries(places, (key: Place) => [...new Set([...placeNames[key], ...placePhrases[key].at])]),
      time: entries(times, (key) => timeNames[key].map((text) => text.toLowerCase())),
      weather: entries(weathers, (key) => {
        const { adjective, own } = outdoorWeather[key];
        const [first = '', ...others] = own.map((text) => text.toLowerCase());
        return [first, ...(adjective === '' ? [] : [adjective.toLowerCase()]), ...others];
      }),
      size: entries(sizes, (key) => sizeNames[key].map((text) => text.toLowerCase())),
      expression: entries(expressions, (key) => [...moodWords[key], ...moodVerbs[key]]),
      action: Object.fromEntries(Object.entries(poses).map(([key, say]) => [key, entry(key, say)])),
      prop: entries(propNames, (key: PropName) => [
        ...new Set([props[key].noun.replace('{c} ', ''), ...(nounsAlone[key] ?? [])]),
      ]),
      hair: worn(hairForms),
      hat: worn(hatForms),
      beard: worn(beards),
      glasses: worn(glassesForms),
      clothes: worn(clothesForms),
      colour: Object.fromEntries(
        [...new Set([...Object.keys(palette), ...Object.keys(hairColours)])].map((key) => [
          key,
          { say: [key], instead: [] },
        ]),
      ),
    },
    words: { scene, description: distinct(descriptions, isName) },
    names,
    sentences: sentencesOf(shots, names),
  };
}

/** Props that scripts also call by a shorter name, or one that the models may be told by. */
const nounsAlone: Readonly<Partial<Record<PropName, readonly string[]>>> = {
  key: ['key'],
  basket: ['basket'],
  candle: ['candle'],
  gift: ['gift'],
};

/** 'a {c} T-shirt with {g} on it' without colour, picture and article. */
const withoutSlots = (form: string): string =>
  form
    .replace(/ with \{g\} on it| showing \{g\}/, ' with a picture')
    .replace(/\{c\} |\{her\} /g, '')
    .replace(/^an? /, '')
    .trim();

/** All words but names, in lower case, sorted. */
function distinct(texts: readonly string[], isName: ReadonlySet<string>): string[] {
  const all = new Set(texts.flatMap((text) => text.toLowerCase().match(/[\p{L}\p{N}']+/gu) ?? []));
  return [...all].filter((word) => !isName.has(word)).sort();
}

/** How many sentences of a shot's plot are kept, of thousands that differ in names and colours alone. */
const PLOTS = 700;

/** All elements, and of plots the first of each form; people are called by the first names of the lists. */
function sentencesOf(
  shots: readonly { readonly elements: readonly string[]; readonly plot: string }[],
  names: readonly string[],
): TheatreVocabulary['sentences'] {
  const named = new RegExp(`\\b(${names.join('|')})\\b`, 'g');
  const plots = shots.map(({ plot }) => {
    const order: string[] = [];
    return plot.replace(named, (name) => {
      if (!order.includes(name)) order.push(name);
      return names[order.indexOf(name)] as string;
    });
  });
  return {
    elements: [...new Set(shots.flatMap(({ elements }) => elements))],
    plots: [...new Set(plots)].slice(0, PLOTS),
  };
}
