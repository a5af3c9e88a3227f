import { Random } from '../random/index.ts';
import { actionWords } from './actions.ts';
import { describe } from './describe.ts';
import { sceneElements } from './elements.ts';
import { words } from './expressions.ts';
import { sampleCast } from './identity.ts';
import { femaleNames, maleNames } from './names.ts';
import { palette } from './palette.ts';
import { carried, type Pattern, patterns } from './patterns/index.ts';
import { indoorPlaces } from './scene/backdrop.ts';
import { makeTitle, tell } from './telling.ts';
import {
  type Actor,
  type Character,
  type Episode,
  type Expression,
  type Place,
  type Pose,
  type Prop,
  type PropName,
  places,
  propNames,
  type Shot,
  type Size,
  type Split,
  type Time,
  times,
  type Weather,
} from './types.ts';

/** Moods over the course of a story, one group an act. */
const arcs: readonly (readonly (readonly Expression[])[])[] = [
  [
    ['neutral', 'smiling', 'thoughtful'],
    ['surprised', 'thoughtful', 'smiling'],
    ['afraid', 'sad', 'surprised'],
    ['crying', 'sad', 'angry'],
    ['thoughtful', 'surprised', 'smiling'],
    ['laughing', 'smiling', 'sleepy'],
  ],
  [
    ['smiling', 'laughing', 'neutral'],
    ['angry', 'surprised', 'thoughtful'],
    ['angry', 'sad', 'crying'],
    ['sad', 'thoughtful', 'sleepy'],
    ['surprised', 'smiling'],
    ['laughing', 'smiling'],
  ],
  [
    ['sad', 'crying', 'thoughtful'],
    ['neutral', 'surprised'],
    ['afraid', 'surprised', 'thoughtful'],
    ['angry', 'afraid', 'sad'],
    ['smiling', 'surprised'],
    ['smiling', 'laughing', 'sleepy'],
  ],
  [
    ['sleepy', 'neutral', 'smiling'],
    ['surprised', 'afraid'],
    ['afraid', 'thoughtful', 'crying'],
    ['smiling', 'surprised', 'laughing'],
    ['angry', 'sad', 'thoughtful'],
    ['smiling', 'laughing', 'sleepy'],
  ],
];

/** How others look when somebody has a mood. */
export const companions: Readonly<Record<Expression, readonly Expression[]>> = {
  neutral: ['neutral', 'smiling', 'thoughtful'],
  smiling: ['smiling', 'smiling', 'laughing', 'neutral'],
  laughing: ['laughing', 'smiling'],
  sad: ['sad', 'neutral', 'thoughtful'],
  crying: ['sad', 'sad', 'afraid', 'neutral'],
  angry: ['afraid', 'sad', 'angry', 'surprised'],
  surprised: ['surprised', 'thoughtful', 'smiling'],
  afraid: ['afraid', 'surprised', 'sad'],
  sleepy: ['neutral', 'sleepy', 'smiling'],
  thoughtful: ['thoughtful', 'neutral', 'smiling'],
};

/** Share of shots that show the place alone: of those that begin a scene, and of the others. */
const emptiness = { first: 0.2, later: 0.06 } as const;

/** How often somebody of whose hands the sentence says nothing holds something, and a pose is said beside the expression. */
const carrying = 0.2;
const saying = 0.5;

export const capacity: Readonly<Record<Size, number>> = { 'close-up': 2, medium: 3, wide: 5 };

interface Scene {
  readonly place: Place;
  readonly time: Time;
  readonly weather: Weather;
  /** Who is there, in the order in which they stand. */
  readonly present: readonly Character[];
}

/**
 * Episode `index` of a data set: pure data, the same for the same arguments. Episodes of different splits share neither
 * random stream nor person. `options.shots`: 8 to 256 (or fewer, at least 1, for tests); otherwise drawn, mostly 12 to 40.
 */
export function generateEpisode(
  seed: number,
  index: number,
  split: Split,
  options: { readonly shots?: number } = {},
): Episode {
  const r = Random.of(seed, 'theatre', split, index);
  const count = options.shots ?? (r.chance(0.08) ? 48 + r.int(81) : 8 + Math.floor(r.uniform() ** 1.5 * 41));
  if (!Number.isInteger(count) || count < 1 || count > 256) {
    throw new RangeError(`generateEpisode: shots must be an integer from 1 to 256, got ${count}`);
  }
  const cast = makeCast(r, split, r.pick([2, 2, 3, 3, 3, 4, 4, 5]));
  const stage = r.shuffle(places).slice(0, Math.max(2, Math.min(8, Math.round(count / 6) + 1 + r.int(2))));
  const colours = new Map(propNames.map((name) => [name, propColour(r, name)]));
  const theme = r.pick(propNames);
  const arc = r.pick(arcs);
  const shots: Shot[] = [];
  let time: Time = r.pick(times);
  let weather = drawWeather(r);
  let place = r.pick(stage);
  const recent: string[] = [];
  for (let scene = 0; shots.length < count; scene++) {
    if (scene > 0) {
      place = r.pick(stage.filter((p) => p !== place));
      if (r.chance(0.55)) time = times[(times.indexOf(time) + 1) % times.length] as Time;
      if (r.chance(0.4)) weather = drawWeather(r);
    }
    const present = r
      .shuffle(cast)
      .slice(0, Math.max(1, Math.min(cast.length, r.pick([1, 2, 2, 3, 4, 5, 5]))));
    const setting: Scene = { place, time, weather, present };
    const length = Math.min(count - shots.length, 2 + r.int(5));
    for (let i = 0; i < length; i++) {
      const act = Math.floor(((shots.length / Math.min(count, 30)) % 1) * arc.length) % arc.length;
      const size: Size =
        i === 0
          ? r.pick(['wide', 'wide', 'wide', 'medium'])
          : r.pick(['close-up', 'close-up', 'medium', 'medium', 'wide', 'wide']);
      const isEmpty = r.chance(i === 0 ? emptiness.first : emptiness.later);
      const shot = makeShot(
        r,
        isEmpty ? { ...setting, present: [] } : setting,
        scene,
        size,
        arc[act] as readonly Expression[],
        theme,
        colours,
        recent,
      );
      shots.push(shot);
      recent.push(shot.pattern);
      if (recent.length > 14) recent.shift();
    }
  }
  return { title: makeTitle(r, cast, theme, colours, stage), seed, index, split, characters: cast, shots };
}

function makeCast(r: Random, split: Split, count: number): Character[] {
  const used = new Set<string>();
  return sampleCast(r, split, count).map((identity) => {
    const names = (identity.gender === 'woman' ? femaleNames : maleNames).filter((name) => !used.has(name));
    const name = r.pick(names);
    used.add(name);
    return { id: name.toLowerCase(), name, identity, description: describe(identity, r) };
  });
}

function drawWeather(r: Random): Weather {
  return r.pick(['clear', 'clear', 'clear', 'clear', 'rain', 'rain', 'snow', 'snow', 'fog']);
}

function propColour(r: Random, name: PropName): string {
  if (name === 'apple') return r.pick(['red', 'green', 'yellow']);
  return r.pick(Object.keys(palette).filter((c) => c !== 'black' && c !== 'grey'));
}

function makeShot(
  r: Random,
  scene: Scene,
  index: number,
  size: Size,
  moods: readonly Expression[],
  theme: PropName,
  colours: ReadonlyMap<PropName, string>,
  recent: readonly string[],
): Shot {
  const most = Math.min(capacity[size], scene.present.length);
  const some = size === 'wide' ? Math.max(1, most - r.int(2)) : 1 + r.int(Math.max(1, most));
  const wanted = most === 0 ? 0 : some;
  const { pattern, people, mood } = choosePattern(r, scene, size, moods, wanted, most, recent);
  const inShot = choosePeople(r, scene.present, people);
  const order = r.shuffle(inShot.map((_, i) => i)); // who acts, who answers
  const prop = pattern.props ? makeProp(r, visibleProps(pattern.props, size), theme, colours) : undefined;
  const lead = inShot[order[0] ?? 0];
  const actors = inShot.map((character, i): Actor => {
    const role = order.indexOf(inShot.indexOf(character));
    const expression = role === 0 || pattern.together ? mood : r.pick(pattern.b ?? companions[mood]);
    const told = role === 0 ? (pattern.pose ?? 'stand') : (pattern.others ?? 'stand');
    // what no plot says must stand beside the expression, so that the script names everything in hands
    const extra = told === 'stand' && r.chance(carrying) ? makeProp(r, carried, theme, colours) : undefined;
    const hands: { pose: Pose; prop?: Prop } = extra
      ? { pose: 'hold', prop: extra }
      : { pose: told, ...(role === 0 && prop ? { prop } : {}) };
    const action =
      extra || r.chance(saying)
        ? actionWords(r, character.identity.gender, hands.pose, hands.prop)
        : undefined;
    return {
      id: character.id,
      expression,
      ...(r.chance(0.92)
        ? { word: r.chance(0.6) ? (words[expression][0] as string) : r.pick(words[expression]) }
        : {}),
      ...(action === undefined ? {} : { action }),
      ...hands,
      arm: hands.pose === 'walk' || i < inShot.length / 2 ? 1 : -1,
      talking: role === 0 && (pattern.talking ?? false),
    };
  });
  // at most 15 sentences: a description and an expression for each person, the plot, the rest for the scene
  const limit = Math.min(4, 15 - 2 * actors.length - 2);
  return {
    place: scene.place,
    time: scene.time,
    weather: scene.weather,
    size,
    seed: r.uint32(),
    characters: actors,
    elements: sceneElements(r, scene.place, scene.time, scene.weather, size, limit),
    plot: tell(
      r,
      pattern,
      lead,
      order.map((i) => inShot[i] as Character),
      scene.place,
      prop,
    ),
    seconds: r.pick([2, 2, 3, 3, 3, 4]),
    pattern: pattern.id,
    scene: index,
  };
}

function choosePattern(
  r: Random,
  scene: Scene,
  size: Size,
  moods: readonly Expression[],
  wanted: number,
  most: number,
  recent: readonly string[],
): { pattern: Pattern; people: number; mood: Expression } {
  const fits = (p: Pattern, people: number): boolean =>
    p.people[0] <= people &&
    people <= p.people[1] &&
    (p.sizes?.includes(size) ?? true) &&
    (p.times?.includes(scene.time) ?? true) &&
    (p.weathers?.includes(scene.weather) ?? true) &&
    (p.where === undefined ||
      (p.where === 'indoor'
        ? indoorPlaces.includes(scene.place)
        : p.where === 'outdoor'
          ? !indoorPlaces.includes(scene.place)
          : p.where.includes(scene.place)));
  for (const people of [wanted, ...Array.from({ length: most }, (_, i) => most - i)]) {
    const possible = patterns.filter((p) => fits(p, people));
    const moody = possible.filter((p) => people === 0 || p.a.some((e) => moods.includes(e)));
    const fresh = moody.filter((p) => !recent.includes(p.id));
    const from = fresh.length > 0 ? fresh : moody.length > 0 ? moody : possible;
    if (from.length === 0) continue;
    const pattern = r.pick(from);
    const faces = pattern.a.filter((e) => moods.includes(e));
    const mood = people === 0 ? 'neutral' : r.pick(faces.length > 0 ? faces : pattern.a);
    return { pattern, people, mood };
  }
  throw new Error(`theatre: no sentence pattern fits a ${size} shot of ${wanted} in the ${scene.place}`);
}

/** `count` of those present, in the order in which they stand. */
function choosePeople(r: Random, present: readonly Character[], count: number): Character[] {
  const chosen = new Set(r.shuffle(present).slice(0, count));
  return present.filter((c) => chosen.has(c));
}

/** A suitcase hangs too low for a close-up. */
const visibleProps = (choices: readonly PropName[], size: Size): readonly PropName[] =>
  size === 'close-up' ? choices.filter((name) => name !== 'suitcase') : choices;

function makeProp(
  r: Random,
  choices: readonly PropName[],
  theme: PropName,
  colours: ReadonlyMap<PropName, string>,
): Prop {
  const name = choices.includes(theme) && r.chance(0.7) ? theme : r.pick(choices);
  return { name, colour: colours.get(name) as string };
}
