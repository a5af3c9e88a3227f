/** The vocabulary of the paper theatre: what an episode, a shot and a person are made of. Pure data. */

export type Split = 'train' | 'validation' | 'test';

export const splits: readonly Split[] = ['train', 'validation', 'test'];

export const places = [
  'forest',
  'street',
  'room',
  'beach',
  'ship',
  'kitchen',
  'library',
  'mountain',
  'harbour',
  'desert',
  'market',
  'station',
  'cave',
  'garden',
  'village',
  'cafe',
] as const;
export type Place = (typeof places)[number];

export const times = ['morning', 'day', 'evening', 'night'] as const;
export type Time = (typeof times)[number];

export const weathers = ['clear', 'rain', 'snow', 'fog'] as const;
export type Weather = (typeof weathers)[number];

export const sizes = ['close-up', 'medium', 'wide'] as const;
export type Size = (typeof sizes)[number];

export const expressions = [
  'neutral',
  'smiling',
  'laughing',
  'sad',
  'crying',
  'angry',
  'surprised',
  'afraid',
  'sleepy',
  'thoughtful',
] as const;
export type Expression = (typeof expressions)[number];

export const poses = [
  'stand',
  'wave',
  'hold',
  'raise',
  'hips',
  'clasp',
  'think',
  'cheer',
  'shelter',
  'walk',
] as const;
export type Pose = (typeof poses)[number];

export const propNames = [
  'lamp',
  'letter',
  'cup',
  'book',
  'umbrella',
  'flower',
  'map',
  'key',
  'telescope',
  'camera',
  'basket',
  'apple',
  'suitcase',
  'gift',
  'balloon',
  'candle',
] as const;
export type PropName = (typeof propNames)[number];

/** A thing in somebody's hand. `colour` is a name of `palette`. */
export interface Prop {
  readonly name: PropName;
  readonly colour: string;
}

/**
 * What makes a person that person. Names, not numbers: `palette`, `skins` and `hairColours` (palette.ts) give the colours.
 * The face attributes (skin, top, colours of hair and hat, facial hair, glasses) decide the split; clothes do not.
 */
export interface Identity {
  readonly gender: 'woman' | 'man';
  readonly skin: string;
  /** An avataaars `top` (hair or hat), or `none`: bald. */
  readonly top: string;
  readonly hairColour: string;
  readonly hatColour: string;
  /** An avataaars `facialHair`, or `none`. */
  readonly facialHair: string;
  /** An avataaars `accessories`, or `none`. */
  readonly glasses: string;
  readonly clothing: string;
  readonly clothesColour: string;
  /** An avataaars `clothingGraphic`; shown by `graphicShirt` only. */
  readonly graphic: string;
  readonly legs: 'trousers' | 'skirt';
  readonly legsColour: string;
}

export interface Character {
  /** The key in the script: lower-case letters. */
  readonly id: string;
  readonly name: string;
  readonly identity: Identity;
  /** One sentence, true to the picture. */
  readonly description: string;
}

/** A person in a shot. */
export interface Actor {
  readonly id: string;
  readonly expression: Expression;
  /** The word the script uses for the expression; absent when the script leaves it out. */
  readonly word?: string;
  /** What the script says beside the expression about hands, e.g. 'holding a red cup'; absent when it is left out. */
  readonly action?: string;
  /** `stand`: the script leaves hands open, and the shot's seed draws them. */
  readonly pose: Pose;
  readonly prop?: Prop;
  /** The arm that acts: -1 or 1 (the left or the right one in the picture), towards the middle of the row. */
  readonly arm: -1 | 1;
  readonly talking: boolean;
}

export interface Shot {
  readonly place: Place;
  readonly time: Time;
  readonly weather: Weather;
  readonly size: Size;
  /** Draws what the script leaves open: hands, face variants, clouds and motion. */
  readonly seed: number;
  /** In the script's order, which is their order in the picture; nobody in a shot of the place alone. */
  readonly characters: readonly Actor[];
  readonly elements: readonly string[];
  readonly plot: string;
  readonly seconds: number;
  /** The sentence pattern's name, and the scene (a run of shots at one place and time) it belongs to. */
  readonly pattern: string;
  readonly scene: number;
}

export interface Episode {
  readonly title: string;
  readonly seed: number;
  readonly index: number;
  readonly split: Split;
  readonly characters: readonly Character[];
  readonly shots: readonly Shot[];
}

/** RGB bytes, row by row: `data.length === width * height * 3`. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** `box`: [x0, y0, x1, y1] in pixels, x1 and y1 exclusive, inside the frame. */
export interface FaceBox {
  readonly character: string;
  readonly box: readonly [number, number, number, number];
}

export interface Frame extends Picture {
  readonly faces: readonly FaceBox[];
}

/** Goes up whenever an episode of the same seed comes out or looks different: cached frames are known by it. */
export const theatreVersion = 7;
