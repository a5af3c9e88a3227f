import * as avataaars from '@dicebear/avataaars';
import { createAvatar } from '@dicebear/core';
import {
  bareArms,
  bustEnd,
  calves,
  forearmSkin,
  forearmSleeve,
  hand,
  legs,
  longSleeves,
  torso,
} from './body.ts';
import { Cache } from './cache.ts';
import type { FaceParts } from './expressions.ts';
import { hatTops } from './identity.ts';
import { hairColours, palette, skins } from './palette.ts';
import { props } from './props.ts';
import { type Sprite, trim, type ViewBox } from './raster.ts';
import { colourise, rasterizeTinted, stamp, type Tinted, tint } from './tinted.ts';
import type { Identity, Prop, Size } from './types.ts';

/** Sprite pixels per avatar unit for each shot size, at a frame height of 256. */
export const density: Readonly<Record<Size, number>> = { 'close-up': 1.04, medium: 0.6, wide: 0.36 };

/** Eyes, brows and mouths are drawn larger where faces are small: an expression must survive a few pixels. */
const features: Readonly<Record<Size, number>> = { 'close-up': 1, medium: 1.14, wide: 1.3 };
const feature: ReadonlySet<AvatarPart> = new Set(['mouth', 'eyes', 'eyebrows', 'accessories']);
/** What stays in place when they grow, in avatar units: the root of the nose. */
const faceCentre = { x: 140, y: 114 } as const;

const bustBox: ViewBox = { x: -16, y: -16, width: 312, height: 356 };
const bodyBox: ViewBox = { x: 20, y: 240, width: 240, height: 300 };
const armBox: ViewBox = { x: -24, y: -24, width: 48, height: 116 };
const propBox: ViewBox = { x: -140, y: -320, width: 280, height: 420 };

/** The sprites of one person's body. Forearms hang from (0, 0), the elbow. Close-ups show nothing below the bust. */
export interface Body {
  readonly trunk: {
    /** Standing; with `walking` also two steps. */ readonly legs: readonly Sprite[];
    readonly torso: Sprite;
  } | null;
  readonly forearm: Sprite;
}

/**
 * Everything people wear: each avataaars part, body part and prop is rasterised once as a tintable drawing, and people
 * are composed from them in plain pixel loops.
 */
export class Wardrobe {
  private readonly scale: number;
  private readonly parts = new Map<string, Promise<Tinted>>();
  private readonly halves = new Cache<Promise<{ under: Sprite; over: Sprite }>>(48);
  private readonly busts = new Cache<Promise<Sprite>>(96);
  private readonly bodies = new Cache<Promise<Body>>(96);
  private readonly held = new Cache<Promise<Sprite>>(96);

  /** `scale`: frame height / 256. */
  constructor(scale: number) {
    this.scale = scale;
  }

  /** Head and shoulders with a face, in avatar units (280 wide, face about y 36 to 180). */
  bust(identity: Identity, face: FaceParts, size: Size): Promise<Sprite> {
    const key = `${identityKey(identity)}|${size}|${face.eyes}|${face.brows}|${face.mouth}`;
    return this.busts.get(key, async () => {
      const [{ under, over }, mouth, nose, eyes, brows] = await Promise.all([
        this.half(identity, size),
        this.part('mouth', face.mouth, size),
        this.part('nose', 'default', size),
        this.part('eyes', face.eyes, size),
        this.part('eyebrows', face.brows, size),
      ]);
      const sheet: Sprite = { ...under, data: under.data.slice() };
      for (const part of [mouth, nose, eyes, brows]) stamp(sheet, part, '#000000');
      overlay(sheet, over);
      return sheet;
    });
  }

  /** Torso, legs (standing, and two steps for somebody who is `walking`) and forearm. */
  body(identity: Identity, size: Size, walking = false): Promise<Body> {
    return this.bodies.get(`${identityKey(identity)}|${size}|${walking}`, async () => {
      const cloth = palette[identity.clothesColour] as string;
      const skin = skins[identity.skin] as string;
      const own = (name: string, svg: string, box: ViewBox): Promise<Tinted> =>
        this.own(name, svg, box, size);
      const trunk = size === 'close-up' ? null : await this.trunk(identity, size, walking, own);
      const forearm = this.sheet(armBox, size);
      stamp(forearm, await own('hand', hand, armBox), skin);
      if (longSleeves.includes(identity.clothing))
        stamp(forearm, await own('sleeve', forearmSleeve, armBox), cloth);
      else stamp(forearm, await own('bare', forearmSkin, armBox), skin);
      return { trunk, forearm: trim(forearm) };
    });
  }

  private async trunk(
    identity: Identity,
    size: Size,
    walking: boolean,
    own: (name: string, svg: string, box: ViewBox) => Promise<Tinted>,
  ): Promise<Exclude<Body['trunk'], null>> {
    const skin = skins[identity.skin] as string;
    const steps = await Promise.all(
      (walking ? ([0, 1, 2] as const) : ([0] as const)).map(async (step) => {
        const sheet = this.sheet(bodyBox, size);
        if (identity.legs === 'skirt') stamp(sheet, await own(`calves${step}`, calves(step), bodyBox), skin);
        stamp(
          sheet,
          await own(`${identity.legs}${step}`, legs(identity.legs, step), bodyBox),
          identity.legsColour,
        );
        return trim(sheet);
      }),
    );
    const sheet = this.sheet(bodyBox, size);
    if (identity.clothing === 'overall') stamp(sheet, await own('bareArms', bareArms, bodyBox), skin);
    const cloth = palette[identity.clothesColour] as string;
    stamp(sheet, await own(`torso-${identity.clothing}`, torso(identity.clothing), bodyBox), cloth);
    return { legs: steps, torso: trim(sheet) };
  }

  prop(prop: Prop, size: Size): Promise<Sprite> {
    return this.held.get(`${prop.name}|${prop.colour}|${size}`, async () =>
      colourise(
        await this.own(`prop-${prop.name}`, props[prop.name].svg, propBox, size),
        palette[prop.colour] as string,
      ),
    );
  }

  private half(identity: Identity, size: Size): Promise<{ under: Sprite; over: Sprite }> {
    return this.halves.get(`${identityKey(identity)}|${size}`, async () => {
      const under = this.sheet(bustBox, size);
      const over = this.sheet(bustBox, size);
      const hair = hairColours[identity.hairColour] as string;
      const cloth = palette[identity.clothesColour] as string;
      stamp(under, await this.part('skin', 'default', size), skins[identity.skin] as string);
      stamp(under, await this.part('clothing', identity.clothing, size, identity.graphic), cloth);
      // the bust's last row is half covered and would show skin between bust and torso
      under.data.fill(0, Math.floor(under.originY + bustEnd * under.scale) * under.width);
      if (identity.top !== 'none') {
        const colour = hatTops.includes(identity.top) ? (palette[identity.hatColour] as string) : hair;
        stamp(over, await this.part('top', identity.top, size), colour);
      }
      if (identity.facialHair !== 'none')
        stamp(over, await this.part('facialHair', identity.facialHair, size), hair);
      if (identity.glasses !== 'none')
        stamp(over, await this.part('accessories', identity.glasses, size), '#262e33');
      const whole: Sprite = { ...under, data: under.data.slice() };
      overlay(whole, over);
      return { under: cut(under, trim(whole)), over: trim(over) };
    });
  }

  private part(kind: AvatarPart, name: string, size: Size, graphic = 'bear'): Promise<Tinted> {
    const key = `${kind}|${name}|${kind === 'clothing' && name === 'graphicShirt' ? graphic : ''}|${size}`;
    return this.once(key, () =>
      rasterizeTinted(grown(kind, partSvg(kind, name, graphic), size), bustBox, density[size] * this.scale),
    );
  }

  private own(name: string, svg: string, box: ViewBox, size: Size): Promise<Tinted> {
    return this.once(`${name}|${size}`, () => rasterizeTinted(svg, box, density[size] * this.scale));
  }

  private once(key: string, make: () => Promise<Tinted>): Promise<Tinted> {
    let part = this.parts.get(key);
    if (!part) {
      part = make();
      this.parts.set(key, part);
    }
    return part;
  }

  private sheet(box: ViewBox, size: Size): Sprite {
    const scale = density[size] * this.scale;
    const width = Math.round(box.width * scale);
    const height = Math.round(box.height * scale);
    return {
      width,
      height,
      originX: -box.x * scale,
      originY: -box.y * scale,
      scale,
      data: new Uint32Array(width * height),
    };
  }
}

type AvatarPart =
  | 'skin'
  | 'clothing'
  | 'mouth'
  | 'nose'
  | 'eyes'
  | 'eyebrows'
  | 'top'
  | 'facialHair'
  | 'accessories';

/** One avataaars part alone, its colour replaced by the tint. */
function partSvg(kind: AvatarPart, name: string, graphic: string): string {
  const colour = [tint.slice(1)];
  const only = (part: AvatarPart): string[] => (part === kind ? [name] : []);
  const svg = createAvatar(
    avataaars as Parameters<typeof createAvatar>[0],
    {
      seed: 'part',
      skinColor: kind === 'skin' ? colour : ['transparent'],
      clothesColor: colour,
      hairColor: colour,
      hatColor: colour,
      facialHairColor: colour,
      accessoriesColor: colour,
      clothing: only('clothing'),
      clothingGraphic: [graphic],
      mouth: only('mouth'),
      nose: only('nose'),
      eyes: only('eyes'),
      eyebrows: only('eyebrows'),
      top: only('top'),
      topProbability: kind === 'top' ? 100 : 0,
      facialHair: only('facialHair'),
      facialHairProbability: kind === 'facialHair' ? 100 : 0,
      accessories: only('accessories'),
      accessoriesProbability: kind === 'accessories' ? 100 : 0,
    } as Record<string, unknown>,
  ).toString();
  const start = svg.indexOf('<g transform="translate(8)">');
  const end = svg.lastIndexOf('</g></svg>');
  if (start < 0 || end < 0) {
    throw new Error('theatre: @dicebear/avataaars draws in an unknown layout; version 9.4 was expected');
  }
  const body = svg.slice(start, end);
  // the base draws skin and neck shadow first; every other part is wanted without them
  return kind === 'skin'
    ? body
    : body.replace(/(<g transform="translate\(8\)">)<path[^>]*\/><path[^>]*\/>/, '$1');
}

function grown(kind: AvatarPart, svg: string, size: Size): string {
  if (!feature.has(kind) || features[size] === 1) return svg;
  const { x, y } = faceCentre;
  return `<g transform="translate(${x} ${y}) scale(${features[size]}) translate(${-x} ${-y})">${svg}</g>`;
}

function identityKey(identity: Identity): string {
  return Object.values(identity).join('|');
}

/** The part of `sprite` that `area`, cut from the same sheet, covers. */
function cut(sprite: Sprite, area: Sprite): Sprite {
  const left = Math.round(sprite.originX - area.originX);
  const top = Math.round(sprite.originY - area.originY);
  const data = new Uint32Array(area.data.length);
  for (let y = 0; y < area.height; y++) {
    const start = (y + top) * sprite.width + left;
    data.set(sprite.data.subarray(start, start + area.width), y * area.width);
  }
  return { ...area, data };
}

/** Draws a trimmed sprite over the sheet it was cut from. */
function overlay(sheet: Sprite, top: Sprite): void {
  const target = sheet.data;
  const source = top.data;
  const left = Math.round(sheet.originX - top.originX);
  const above = Math.round(sheet.originY - top.originY);
  for (let y = 0, i = 0; y < top.height; y++) {
    for (let x = 0, o = (y + above) * sheet.width + left; x < top.width; x++, i++, o++) {
      const p = source[i]!;
      if (p === 0) continue;
      const a = p >>> 24;
      if (a === 255) {
        target[o] = p;
        continue;
      }
      const q = target[o]!;
      const n = 256 - a - (a >> 7);
      const rb = (p & 0xff00ff) + ((Math.imul(q & 0xff00ff, n) >>> 8) & 0xff00ff);
      const ga = ((p >>> 8) & 0xff00ff) + ((Math.imul((q >>> 8) & 0xff00ff, n) >>> 8) & 0xff00ff);
      target[o] = rb | (ga << 8);
    }
  }
}
