import { basesOf } from './words.ts';

/** What kind of thing an English noun names, for messages alone: what was met is decided by the preset's own words. */
export type Kind = 'animal' | 'vehicle' | 'place' | 'person';

const nouns: Readonly<Record<Kind, string>> = {
  animal:
    'animal ant ape bat bear beast bee beetle bird boar bull butterfly calf camel cat chick chicken cow coyote crab crocodile ' +
    'crow deer dinosaur dog dolphin donkey dove dragon duck eagle elephant falcon fish fly foal fox frog giraffe goat goose ' +
    'gorilla gull hamster hare hawk hedgehog hen hippo horse hound insect kangaroo kitten lamb leopard lion lizard lynx mammoth ' +
    'monkey moose mouse mule octopus ostrich otter owl ox panda panther parrot peacock penguin pig pigeon pony puppy rabbit ' +
    'raccoon ram rat raven reindeer rhino rooster salmon seagull seal shark sheep snail snake sparrow spider squirrel stallion ' +
    'swan tiger toad turkey turtle unicorn whale wolf worm zebra',
  vehicle:
    'aeroplane aircraft airplane airship ambulance automobile bicycle bike boat bulldozer bus cab canoe car caravan carriage cart ' +
    'coach convertible ferry helicopter jeep jet kayak limousine locomotive lorry minivan moped motorbike motorcycle plane raft ' +
    'rickshaw rocket sailboat scooter shuttle skateboard sled sledge sleigh spacecraft spaceship starship steamer submarine ' +
    'tank taxi tractor trailer train tram truck tube ufo van vehicle wagon yacht zeppelin',
  place:
    'airport alley arena attic balcony ballroom bank bar barn basement bathroom bay bedroom bridge building canyon casino castle ' +
    'cathedral cellar cemetery chapel church cinema classroom cliff club corridor cottage court courtroom courtyard crypt ' +
    'dungeon factory farm field fort fortress gallery garage glacier graveyard gym hall hallway hill hospital hotel house hut ' +
    'island jail jungle lab laboratory lake lighthouse lobby mansion marsh meadow mine monastery moon mosque motel museum ocean ' +
    'office orchard palace park pasture planet playground pond pool prison pub pyramid ranch reef restaurant river road roof ' +
    'rooftop ruin savanna school shop skyscraper space spaceport spring stable stadium stage store studio suburb subway supermarket ' +
    'swamp temple tent terrace theatre theater tower tundra tunnel university valley volcano warehouse waterfall well windmill',
  person:
    'actor army artist aunt baby baker boss boy bride brother butler captain chef child clerk clown colleague companion cook ' +
    'couple cowboy crew criminal crowd customer dad dancer daughter detective doctor driver enemy family farmer father fisherman ' +
    'gentleman ghost girl grandfather grandmother groom guard guest guy hero hunter husband kid king knight lady lawyer lord ' +
    'man merchant monk mother mum neighbour nun nurse officer painter passenger people person pilot pirate policeman ' +
    'policewoman priest prince princess prisoner queen robot sailor servant sheriff sister soldier son stranger student ' +
    'teacher thief tourist uncle villager visitor waiter waitress wife witch wizard woman worker',
};

const kinds: ReadonlyMap<string, Kind> = new Map(
  (Object.keys(nouns) as Kind[]).flatMap((kind) =>
    nouns[kind].split(' ').map((noun): [string, Kind] => [noun, kind]),
  ),
);

/** The kind of thing that a word, in the singular or plural, names; undefined where it is none that is listed. */
export function kindOf(word: string): Kind | undefined {
  for (const base of basesOf(word)) {
    const kind = kinds.get(base);
    if (kind !== undefined) return kind;
  }
  return undefined;
}
