import type { Expression, Place, Pose, PropName, Size, Time, Weather } from './types.ts';

/**
 * A sentence that says what a picture shows, with what the picture then has to show.
 * Slots: {A} {B} {C} names, {all} every name, {prop} 'a red umbrella', {at} 'in the forest', {her} {she} {A's pronouns},
 * {They} 'The two friends' or so. No sentence says left or right: a mirrored picture stays true.
 */
export interface Pattern {
  readonly id: string;
  readonly text: string;
  /** Faces of A, of B and of C; others follow A's mood. */
  readonly a: readonly Expression[];
  readonly b?: readonly Expression[];
  /** All people share A's expression. */
  readonly together?: boolean;
  /** People in the picture. */
  readonly people: readonly [number, number];
  readonly pose?: Pose;
  /** Pose of everybody else; `stand` when absent. */
  readonly others?: Pose;
  readonly props?: readonly PropName[];
  readonly talking?: boolean;
  readonly sizes?: readonly Size[];
  readonly where?: 'indoor' | 'outdoor' | readonly Place[];
  readonly times?: readonly Time[];
  readonly weathers?: readonly Weather[];
}

const happy: readonly Expression[] = ['smiling', 'laughing'];
const low: readonly Expression[] = ['sad', 'crying'];
const calm: readonly Expression[] = ['neutral', 'smiling', 'thoughtful'];
const open: readonly Size[] = ['medium', 'wide'];
const near: readonly Size[] = ['close-up', 'medium'];
const water: readonly Place[] = ['beach', 'ship', 'harbour'];
const gifts: readonly PropName[] = ['flower', 'gift', 'book', 'letter', 'balloon', 'apple', 'basket', 'cup'];
const finds: readonly PropName[] = ['letter', 'map', 'key', 'book', 'camera', 'telescope', 'gift'];
const lights: readonly PropName[] = ['lamp', 'candle'];
const small: readonly PropName[] = ['letter', 'cup', 'book', 'flower', 'map', 'key', 'camera', 'apple', 'gift', 'candle', 'lamp', 'telescope'];

export const patterns: readonly Pattern[] = [
  // one person
  { id: 'smiles-at-place', text: '{A} smiles {at}.', a: ['smiling'], people: [1, 1] },
  { id: 'laughs-aloud', text: '{A} laughs out loud {at}.', a: ['laughing'], people: [1, 1] },
  { id: 'stands-still', text: '{A} stands {at} and looks straight ahead.', a: ['neutral'], people: [1, 1] },
  { id: 'alone-sad', text: '{A} stands alone {at} and looks sad.', a: ['sad'], people: [1, 1] },
  { id: 'tears-run', text: 'Tears run down the face of {A}.', a: ['crying'], people: [1, 1], sizes: near },
  { id: 'cries-at-place', text: '{A} cries {at}.', a: ['crying'], people: [1, 1] },
  { id: 'angry-alone', text: '{A} is angry and frowns.', a: ['angry'], people: [1, 1] },
  { id: 'shouts-alone', text: '{A} shouts with rage {at}.', a: ['angry'], people: [1, 1], talking: true },
  { id: 'stares-surprised', text: '{A} stares with wide eyes.', a: ['surprised'], people: [1, 1] },
  { id: 'cannot-believe', text: '{A} cannot believe what {she} sees {at}.', a: ['surprised'], people: [1, 1] },
  { id: 'afraid-alone', text: '{A} is afraid {at}.', a: ['afraid'], people: [1, 1] },
  { id: 'trembles', text: '{A} trembles with fear.', a: ['afraid'], people: [1, 2], b: ['neutral', 'sad', 'afraid'] },
  { id: 'eyes-closed', text: '{A} closes {her} eyes and rests.', a: ['sleepy'], people: [1, 1] },
  { id: 'falls-asleep', text: '{A} almost falls asleep {at}.', a: ['sleepy'], people: [1, 1], times: ['evening', 'night', 'morning'] },
  { id: 'wonders', text: '{A} wonders what to do next.', a: ['thoughtful'], people: [1, 1] },
  { id: 'hand-on-chin', text: '{A} thinks with a hand on {her} chin.', a: ['thoughtful', 'neutral'], people: [1, 2], pose: 'think', sizes: open },
  { id: 'walks-alone', text: '{A} walks {through}.', a: ['neutral', 'smiling', 'sad', 'thoughtful'], people: [1, 1], pose: 'walk', sizes: ['wide'] },
  { id: 'waves-alone', text: '{A} waves with one hand {at}.', a: happy, people: [1, 1], pose: 'wave', sizes: open },
  { id: 'arms-up', text: '{A} throws both arms into the air.', a: ['laughing'], people: [1, 2], b: happy, pose: 'cheer', sizes: open },
  { id: 'hands-on-hips', text: '{A} puts both hands on {her} hips.', a: ['angry', 'neutral', 'smiling'], people: [1, 2], pose: 'hips', sizes: open },
  // one person with a thing
  { id: 'holds-prop', text: '{A} holds {prop}.', a: calm, people: [1, 2], pose: 'hold', props: [...small, 'suitcase', 'basket', 'balloon'] },
  { id: 'stands-with-prop', text: '{A} stands {at} with {prop} in {her} hand.', a: [...calm, 'sad'], people: [1, 1], pose: 'hold', props: [...small, 'suitcase', 'basket', 'balloon'] },
  { id: 'looks-at-prop', text: '{A} looks at {prop} and wonders.', a: ['thoughtful'], people: [1, 1], pose: 'hold', props: finds },
  { id: 'finds-prop', text: '{A} has found {prop} {at}.', a: ['surprised', 'smiling'], people: [1, 2], pose: 'hold', props: finds },
  { id: 'lifts-prop', text: '{A} lifts {prop} high.', a: happy, people: [1, 3], pose: 'raise', props: [...finds, ...lights, 'flower', 'apple'], sizes: open },
  { id: 'reads-letter', text: '{A} has read the letter and begins to cry.', a: ['crying'], people: [1, 1], pose: 'hold', props: ['letter'] },
  { id: 'good-news', text: '{A} laughs over the good news in {her} letter.', a: ['laughing'], people: [1, 1], pose: 'hold', props: ['letter'] },
  { id: 'reads-book', text: '{A} reads {prop} {at}.', a: calm, people: [1, 1], pose: 'hold', props: ['book'] },
  { id: 'drinks', text: '{A} warms {her} hand on {prop}.', a: ['smiling', 'sleepy', 'neutral'], people: [1, 2], pose: 'hold', props: ['cup'] },
  { id: 'umbrella-alone', text: '{A} waits under {prop} {at}.', a: ['neutral', 'sad', 'thoughtful', 'smiling'], people: [1, 1], pose: 'shelter', props: ['umbrella'], where: 'outdoor', weathers: ['rain', 'snow'] },
  { id: 'lamp-in-dark', text: '{A} lights up the dark with {prop}.', a: ['neutral', 'afraid', 'surprised', 'smiling'], people: [1, 2], pose: 'hold', props: lights, times: ['night', 'evening'] },
  { id: 'lost-map', text: '{A} is lost and holds a map.', a: ['sad', 'thoughtful', 'afraid'], people: [1, 1], pose: 'hold', props: ['map'] },
  { id: 'travels', text: '{A} arrives {at} with {prop}.', a: [...calm, 'surprised'], people: [1, 1], pose: 'hold', props: ['suitcase'] },
  { id: 'watches-sea', text: '{A} watches the sea with {prop} in {her} hand.', a: calm, people: [1, 2], pose: 'hold', props: ['telescope', 'camera'], where: water },
  // two people
  { id: 'smile-at-each-other', text: '{A} and {B} smile together {at}.', a: ['smiling'], together: true, people: [2, 2] },
  { id: 'laugh-together', text: '{A} and {B} laugh together.', a: ['laughing'], together: true, people: [2, 2] },
  { id: 'talks-to', text: '{A} talks to {B} {at}.', a: calm, b: calm, people: [2, 2], talking: true },
  { id: 'tells-story', text: '{A} tells {B} a long story.', a: [...calm, 'laughing'], b: ['smiling', 'thoughtful', 'sleepy', 'surprised'], people: [2, 2], talking: true },
  { id: 'tells-joke', text: '{A} tells a joke, and {B} laughs.', a: ['smiling'], b: ['laughing'], people: [2, 2], talking: true },
  { id: 'boring-story', text: '{A} talks and talks until {B} falls asleep.', a: ['smiling', 'neutral'], b: ['sleepy'], people: [2, 2], talking: true },
  { id: 'asks', text: '{A} asks {B} a difficult question.', a: ['thoughtful', 'neutral'], b: ['thoughtful', 'surprised'], people: [2, 2], talking: true },
  { id: 'secret', text: '{A} tells {B} a secret, and {B} is amazed.', a: ['smiling', 'neutral'], b: ['surprised'], people: [2, 2], talking: true },
  { id: 'bad-news', text: '{A} brings bad news, and {B} bursts into tears.', a: ['sad'], b: ['crying'], people: [2, 2], talking: true },
  { id: 'quarrel', text: '{A} and {B} quarrel {at}.', a: ['angry'], together: true, people: [2, 2], talking: true },
  { id: 'shouts-at', text: '{A} shouts at {B}, who is frightened.', a: ['angry'], b: ['afraid'], people: [2, 2], talking: true },
  { id: 'angry-sad', text: '{A} is angry with {B}, and {B} is sorry.', a: ['angry'], b: ['sad'], people: [2, 2] },
  { id: 'angry-hips', text: '{A} stands with {her} hands on {her} hips and scolds {B}.', a: ['angry'], b: ['sad', 'crying', 'neutral'], people: [2, 2], pose: 'hips', talking: true, sizes: open },
  { id: 'comforts', text: '{A} weeps, and {B} tries to comfort {him}.', a: ['crying'], b: ['sad', 'smiling'], people: [2, 2] },
  { id: 'sad-beside', text: '{A} is sad, but {B} smiles at {him}.', a: ['sad'], b: ['smiling'], people: [2, 2] },
  { id: 'both-sad', text: '{A} and {B} are sad {at}.', a: ['sad'], together: true, people: [2, 2] },
  { id: 'both-afraid', text: '{A} and {B} are frightened {at}.', a: ['afraid'], together: true, people: [2, 2] },
  { id: 'hears-noise', text: 'A strange noise frightens {A}, but {B} only laughs.', a: ['afraid'], b: ['laughing'], people: [2, 2] },
  { id: 'both-surprised', text: '{A} and {B} stare in amazement.', a: ['surprised'], together: true, people: [2, 2] },
  { id: 'both-sleepy', text: '{A} and {B} are tired and close their eyes {at}.', a: ['sleepy'], together: true, people: [2, 2] },
  { id: 'both-think', text: '{A} and {B} think about a plan.', a: ['thoughtful'], together: true, people: [2, 2] },
  { id: 'waves-to', text: '{A} waves to {B} {at}.', a: happy, b: happy, people: [2, 2], pose: 'wave', sizes: open },
  { id: 'greet', text: '{A} and {B} greet each other with raised hands.', a: happy, b: happy, people: [2, 2], pose: 'wave', others: 'wave', sizes: open },
  { id: 'farewell', text: '{A} waves goodbye, and {B} is sad.', a: ['sad', 'smiling'], b: low, people: [2, 2], pose: 'wave', sizes: open },
  { id: 'walk-together', text: '{A} and {B} walk {through} side by side.', a: calm, b: calm, people: [2, 2], pose: 'walk', others: 'walk', sizes: ['wide'] },
  { id: 'cheer-together', text: '{A} and {B} cheer with their arms in the air.', a: ['laughing'], together: true, people: [2, 2], pose: 'cheer', others: 'cheer', sizes: open },
  // two people with a thing
  { id: 'shows-prop', text: '{A} shows {B} {prop}.', a: ['smiling', 'neutral', 'surprised'], b: ['surprised', 'smiling', 'thoughtful'], people: [2, 2], pose: 'hold', props: small },
  { id: 'gives-prop', text: '{A} gives {B} {prop}, and {B} is delighted.', a: ['smiling'], b: ['laughing'], people: [2, 2], pose: 'hold', props: gifts },
  { id: 'surprise-gift', text: '{A} surprises {B} with {prop} {at}.', a: happy, b: ['surprised'], people: [2, 2], pose: 'hold', props: gifts },
  { id: 'refuses-prop', text: '{A} offers {B} {prop}, but {B} is cross.', a: ['sad', 'smiling'], b: ['angry'], people: [2, 2], pose: 'hold', props: gifts },
  { id: 'reads-aloud', text: '{A} reads aloud from {prop} while {B} listens.', a: calm, b: ['thoughtful', 'smiling', 'sleepy'], people: [2, 2], pose: 'hold', props: ['book', 'letter'], talking: true },
  { id: 'sad-letter', text: '{A} holds the letter and weeps while {B} looks on.', a: ['crying'], b: ['sad', 'afraid'], people: [2, 2], pose: 'hold', props: ['letter'] },
  { id: 'study-map', text: '{A} and {B} look for the way on a map.', a: ['thoughtful'], b: ['thoughtful', 'neutral'], people: [2, 2], pose: 'hold', props: ['map'] },
  { id: 'share-umbrella', text: '{A} holds {prop} while {B} stands close by.', a: ['smiling', 'neutral'], b: ['smiling', 'sad', 'neutral'], people: [2, 2], pose: 'shelter', props: ['umbrella'], where: 'outdoor', weathers: ['rain', 'snow'] },
  { id: 'lamp-finds', text: '{A} raises {prop}, and {B} sees something strange.', a: ['neutral', 'afraid'], b: ['surprised', 'afraid'], people: [2, 2], pose: 'raise', props: lights, sizes: open },
  { id: 'photographs', text: '{A} wants to take a photograph of {B}.', a: ['smiling'], b: happy, people: [2, 2], pose: 'hold', props: ['camera'] },
  { id: 'tea', text: '{A} drinks from {prop} and chats with {B} {at}.', a: ['smiling', 'neutral'], b: calm, people: [2, 2], pose: 'hold', props: ['cup'], talking: true },
  { id: 'flower-blush', text: '{A} brings {B} {prop}.', a: ['smiling'], b: ['smiling', 'surprised'], people: [2, 2], pose: 'hold', props: ['flower', 'gift', 'basket'] },
  { id: 'key-wonder', text: '{A} holds up {prop}, and {B} wonders what it opens.', a: ['smiling', 'surprised'], b: ['thoughtful'], people: [2, 2], pose: 'hold', props: ['key'] },
  // three and more
  { id: 'group-smiles', text: '{all} smile {at}.', a: ['smiling'], together: true, people: [3, 5] },
  { id: 'group-laughs', text: '{all} laugh together {at}.', a: ['laughing'], together: true, people: [3, 5] },
  { id: 'group-cheers', text: '{all} cheer with raised arms.', a: ['laughing'], together: true, people: [3, 5], pose: 'cheer', others: 'cheer' },
  { id: 'group-afraid', text: '{all} are afraid {at}.', a: ['afraid'], together: true, people: [3, 5] },
  { id: 'group-surprised', text: '{all} stare in surprise.', a: ['surprised'], together: true, people: [3, 5] },
  { id: 'group-sad', text: '{all} are sad {at}.', a: ['sad'], together: true, people: [3, 5] },
  { id: 'group-sleepy', text: '{all} are so tired that their eyes fall shut.', a: ['sleepy'], together: true, people: [3, 5], times: ['evening', 'night', 'morning'] },
  { id: 'group-walks', text: '{all} walk {through}.', a: calm, people: [3, 5], pose: 'walk', others: 'walk', sizes: ['wide'] },
  { id: 'group-meets', text: '{all} meet {at}.', a: calm, people: [3, 5] },
  { id: 'group-waves', text: '{all} wave with their hands.', a: happy, people: [3, 5], pose: 'wave', others: 'wave' },
  { id: 'talks-to-group', text: '{A} speaks, and {rest} listen.', a: ['neutral', 'smiling', 'angry'], b: ['thoughtful', 'neutral', 'smiling'], people: [3, 5], talking: true },
  { id: 'joke-for-group', text: '{A} tells a joke, and {rest} laugh.', a: ['smiling'], b: ['laughing'], people: [3, 5], talking: true },
  { id: 'scolds-group', text: '{A} is furious, and {rest} are frightened.', a: ['angry'], b: ['afraid'], people: [3, 5], talking: true },
  { id: 'weeps-in-group', text: '{A} weeps, and {rest} are sad too.', a: ['crying'], b: ['sad'], people: [3, 5] },
  { id: 'sleeps-in-group', text: '{A} has fallen asleep, and {rest} smile.', a: ['sleepy'], b: ['smiling'], people: [3, 5] },
  { id: 'shows-group', text: '{A} shows {prop} to {rest}.', a: ['smiling', 'neutral'], b: ['surprised', 'smiling'], people: [3, 5], pose: 'hold', props: small },
  { id: 'lifts-for-group', text: '{A} lifts {prop} high, and {rest} cheer.', a: ['laughing', 'smiling'], b: ['laughing'], people: [3, 5], pose: 'raise', others: 'cheer', props: [...finds, 'lamp', 'flower'] },
  { id: 'leads-with-lamp', text: '{A} holds {prop}, and {rest} stand in its light.', a: calm, b: ['smiling', 'afraid', 'neutral'], people: [3, 5], pose: 'hold', props: lights, times: ['evening', 'night'] },
  { id: 'group-quarrel', text: '{all} quarrel {at}.', a: ['angry'], together: true, people: [3, 5], talking: true },
  { id: 'group-thinks', text: '{all} think hard.', a: ['thoughtful'], together: true, people: [3, 5] },
];

/** 'in the forest' and the like, and the form after 'walks'. */
export const placePhrases: Readonly<Record<Place, { readonly at: readonly string[]; readonly through: string }>> = {
  forest: { at: ['in the forest', 'among the trees', 'in the woods'], through: 'through the forest' },
  street: { at: ['in the street', 'in the city', 'on the pavement'], through: 'along the street' },
  room: { at: ['in the living room', 'at home', 'in the room'], through: 'through the living room' },
  beach: { at: ['on the beach', 'by the sea', 'on the sand'], through: 'along the beach' },
  ship: { at: ['on the ship', 'on deck', 'on the deck of the ship'], through: 'across the deck' },
  kitchen: { at: ['in the kitchen'], through: 'through the kitchen' },
  library: { at: ['in the library', 'among the books'], through: 'through the library' },
  mountain: { at: ['in the mountains', 'below the peaks'], through: 'through the mountains' },
  harbour: { at: ['at the harbour', 'on the quay', 'by the boats'], through: 'along the quay' },
  desert: { at: ['in the desert', 'among the dunes'], through: 'through the desert' },
  market: { at: ['at the market', 'among the stalls'], through: 'across the market' },
  station: { at: ['at the station', 'on the platform', 'beside the train'], through: 'along the platform' },
  cave: { at: ['in the cave', 'inside the cave'], through: 'through the cave' },
  garden: { at: ['in the garden', 'among the flowers'], through: 'through the garden' },
  village: { at: ['in the village', 'in front of the cottages'], through: 'through the village' },
  cafe: { at: ['in the cafe', 'at the cafe'], through: 'through the cafe' },
};
