import { bustEnd, centreX, elbow } from './body.ts';
import { type FaceParts, faces, talkingMouth } from './expressions.ts';
import { type FigurePlace, type Framing, frameHeight, frameShot, frameWidth } from './framing.ts';
import { type Arm, armsOf } from './gestures.ts';
import { drawPortrait, type PortraitOptions } from './portrait.ts';
import { props } from './props.ts';
import { blit, type Canvas, fillFrom, type Light, type Sprite, toRgb } from './raster.ts';
import { type Backdrop, Backdrops } from './scene/backdrop.ts';
import { peopleLight } from './scene/light.ts';
import { glowAt, shadowAt } from './spots.ts';
import type { Actor, Character, Episode, FaceBox, Frame, Identity, Picture, Shot, Size } from './types.ts';
import { type Body, Wardrobe } from './wardrobe.ts';
import { drawWeather, makeDrops } from './weather.ts';

export const framesPerSecond = 12;

/** Things in hands are drawn larger than life where people are small, as in comics. */
const propScale: Readonly<Record<Size, number>> = { 'close-up': 1, medium: 1.15, wide: 1.35 };

/** Everything that a shot needs, fetched before its first frame; drawing itself is synchronous. */
interface Cast {
  readonly actor: Actor;
  /** Of the hands: the script's, or what it leaves open. */
  readonly body: Body;
  readonly prop: Sprite | null;
  readonly rest: Sprite;
  readonly talk: Sprite;
  readonly blink: Sprite;
  readonly blinkAt: number;
  readonly phase: number;
}

/**
 * Draws episodes. Vector drawings are rasterised once and kept; a frame is composed from them by pixel loops, in about
 * 4 ms at 448 x 256. The same episode gives the same bytes in any order of calls.
 */
export class Stage {
  readonly width: number;
  readonly height: number;
  private readonly k: number;
  /** Drawing is synchronous, so one canvas serves every frame. */
  private readonly canvas: Canvas;
  private readonly wardrobe: Wardrobe;
  private readonly backdrops: Backdrops;

  private constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.k = height / frameHeight;
    this.canvas = { width, height, data: new Uint32Array(width * height) };
    this.wardrobe = new Wardrobe(this.k);
    this.backdrops = new Backdrops(this.k);
  }

  /** A stage for frames of 448 x 256, or another multiple of that (7 : 4). */
  static async create(options: { readonly width?: number; readonly height?: number } = {}): Promise<Stage> {
    const width = options.width ?? frameWidth;
    const height = options.height ?? frameHeight;
    if (!(width >= 112 && height >= 64) || width * frameHeight !== height * frameWidth) {
      throw new RangeError(
        `Stage.create: width and height must be in the ratio ${frameWidth} : ${frameHeight}, e.g. 448 x 256, got ${width} x ${height}`,
      );
    }
    return new Stage(width, height);
  }

  /** The picture of shot `index` (from 0): frame 0 of its clip. */
  async drawKeyframe(episode: Episode, index: number): Promise<Frame> {
    const draw = await this.prepare(episode, index);
    return draw(0);
  }

  /**
   * `frames` frames of shot `index`: every `every`-th of the 12 a second, from frame `first` on. Frame 0 is exactly the
   * keyframe.
   */
  async *drawClip(
    episode: Episode,
    index: number,
    frames: number,
    { first = 0, every = 1 }: { readonly first?: number; readonly every?: number } = {},
  ): AsyncGenerator<Frame> {
    const draw = await this.prepare(episode, index);
    for (let i = 0; i < frames; i++) yield draw(first + i * every);
  }

  /** Head and shoulders before a plain background: RGB, size x size (128). With `jitter` everything but the person varies. */
  drawPortrait(identity: Identity, options: PortraitOptions = {}): Promise<Picture> {
    return drawPortrait(this.wardrobe, this.k, identity, options);
  }

  private async prepare(episode: Episode, index: number): Promise<(frame: number) => Frame> {
    const shot = episode.shots[index];
    if (!shot) {
      throw new RangeError(
        `Stage: the episode has shots 0 to ${episode.shots.length - 1}, shot ${index} was asked for`,
      );
    }
    const [backdrop, cast] = await Promise.all([
      this.backdrops.get(shot.place, shot.time, shot.weather),
      Promise.all(shot.characters.map((actor, i) => this.dress(shot, actor, i, episode.characters))),
    ]);
    const framing = frameShot(shot);
    const drops = makeDrops(shot.weather);
    return (frame) => this.draw(shot, framing, backdrop, cast, drops, frame);
  }

  private async dress(
    shot: Shot,
    actor: Actor,
    index: number,
    characters: readonly Character[],
  ): Promise<Cast> {
    const character = characters.find((c) => c.id === actor.id);
    if (!character)
      throw new Error(`Stage: shot has character '${actor.id}', which the episode does not declare`);
    const face: FaceParts = faces[actor.expression];
    const { identity } = character;
    const still = face.eyes === 'closed' || face.eyes === 'happy';
    const bust = (parts: FaceParts): Promise<Sprite> => this.wardrobe.bust(identity, parts, shot.size);
    const blinkAt = still ? -1 : 7 + 5 * index;
    const phase = 2.1 * index;
    const rest = bust(face);
    const [body, prop, restSprite] = await Promise.all([
      this.wardrobe.body(identity, shot.size, actor.pose === 'walk'),
      actor.prop ? this.wardrobe.prop(actor.prop, shot.size) : null,
      rest,
    ]);
    const lazy = { talk: restSprite, blink: restSprite };
    if (actor.talking) lazy.talk = await bust({ ...face, mouth: talkingMouth(face) });
    if (blinkAt >= 0) lazy.blink = await bust({ ...face, eyes: 'closed' });
    return { actor, body, prop, rest: restSprite, ...lazy, blinkAt, phase };
  }

  private draw(
    shot: Shot,
    framing: Framing,
    backdrop: Backdrop,
    cast: readonly Cast[],
    drops: ReturnType<typeof makeDrops>,
    frame: number,
  ): Frame {
    const { k, width, height, canvas } = this;
    const time = frame / framesPerSecond;
    const { windowX, windowY, windowWidth } = framing;
    const window = {
      x: (windowX - windowWidth / 2) * k,
      y: (windowY - (windowWidth * frameHeight) / frameWidth / 2) * k,
      width: windowWidth * k,
    };
    fillFrom(canvas, backdrop, window.x, window.y, window.width);
    const light = peopleLight(backdrop.ambience, shot.size === 'wide' ? 1 : 0.45);
    drawWeather(canvas, drops, shot.weather, time, false, backdrop, window);
    const found: FaceBox[] = [];
    const spots = framing.figures.map(({ x, y, scale }) => ({ x: x * k, y: y * k, scale: scale * k }));
    if (shot.size === 'wide')
      for (const at of spots)
        shadowAt(canvas, at.x, at.y + 408 * at.scale, 92 * at.scale, 17 * at.scale, 0.34);
    // from back to front: who stands lower is nearer
    const order = cast
      .map((_, i) => i)
      .sort((a, b) => spots[a]!.y + 408 * spots[a]!.scale - (spots[b]!.y + 408 * spots[b]!.scale));
    for (const i of order) {
      const person = cast[i] as Cast;
      const box = this.drawFigure(canvas, shot, person, spots[i]!, light, backdrop.ambience.glow, frame);
      found.push({ character: person.actor.id, box });
    }
    drawWeather(canvas, drops, shot.weather, time, true, backdrop, window);
    const ids = shot.characters.map((actor) => actor.id);
    found.sort((a, b) => ids.indexOf(a.character) - ids.indexOf(b.character));
    return { width, height, data: toRgb(canvas), faces: found };
  }

  private drawFigure(
    canvas: Canvas,
    shot: Shot,
    person: Cast,
    spot: FigurePlace,
    light: Light,
    glow: number,
    frame: number,
  ): [number, number, number, number] {
    const { actor } = person;
    const time = frame / framesPerSecond;
    const { scale } = spot;
    const lively = actor.expression === 'laughing' || actor.pose === 'cheer' ? 2.4 : 1;
    const bob =
      frame === 0
        ? 0
        : lively *
          2.4 *
          scale *
          (Math.sin(time * 4.2 * (lively > 1 ? 1.6 : 1) + person.phase) - Math.sin(person.phase));
    const tilt =
      frame === 0 ? 0 : 0.02 * lively * (Math.sin(time * 2.6 + person.phase) - Math.sin(person.phase));
    const shake = actor.expression === 'afraid' && frame > 0 ? (frame % 2 ? 1 : -1) * 1.6 * scale : 0;
    const x = spot.x + shake + (actor.pose === 'walk' ? actor.arm * time * 26 * scale : 0);
    const y = spot.y + bob;
    const put = (
      sprite: Sprite,
      px: number,
      py: number,
      ox: number,
      oy: number,
      angle = 0,
      flip = false,
      grow = 1,
    ): void =>
      blit(
        canvas,
        sprite,
        {
          x: x + (ox - centreX) * scale,
          y: y + (oy - 108) * scale,
          px,
          py,
          scale: scale * grow,
          angle,
          flip,
        },
        light,
      );
    const [acting, other] = armsOf(actor.pose, shot.size, actor.prop?.name);
    const arm = (
      which: Arm,
      side: -1 | 1,
    ): { x: number; y: number; angle: number; handX: number; handY: number } => {
      const swing =
        frame === 0
          ? 0
          : which.swing *
            (Math.sin(time * which.pace * 6.283 + person.phase) - Math.sin(person.phase)) *
            (actor.pose === 'walk' ? side : 1);
      const angle = (side * (which.turn + swing) * Math.PI) / 180; // from hanging, outwards
      const ex = centreX + side * (elbow.x - which.dx);
      const ey = elbow.y + which.dy;
      return {
        x: ex,
        y: ey,
        angle: -angle,
        handX: ex + Math.sin(angle) * 64,
        handY: ey + Math.cos(angle) * 64,
      };
    };
    const main = arm(acting, actor.arm);
    const rest = arm(other, actor.arm === 1 ? -1 : 1);
    {
      const step = actor.pose === 'walk' ? ((1 + (Math.floor(frame / 4) % 2)) as 1 | 2) : 0;
      if (person.body.trunk) {
        put(person.body.trunk.legs[step] as Sprite, centreX, 108, centreX, 108 - bob / scale);
        put(person.body.trunk.torso, centreX, 108, centreX, 108);
      }
      if (actor.pose === 'shelter' && person.prop)
        put(person.prop, 0, 0, main.handX, main.handY, -actor.arm * 0.3);
    }
    const blinking =
      person.blinkAt >= 0 && frame > 0 && frame % 40 >= person.blinkAt && frame % 40 < person.blinkAt + 2;
    const speaking =
      actor.talking && frame > 0 && Math.sin(frame * 2.1 + person.phase) + Math.sin(frame * 0.9) > 0;
    put(
      blinking ? person.blink : speaking ? person.talk : person.rest,
      centreX,
      bustEnd,
      centreX,
      bustEnd,
      tilt,
    );
    {
      const lifted = acting.turn > 90 || acting.turn < -90;
      if (shot.size !== 'close-up') put(person.body.forearm, 0, 0, rest.x, rest.y, rest.angle);
      if (shot.size !== 'close-up' || lifted) put(person.body.forearm, 0, 0, main.x, main.y, main.angle);
      if (person.prop && actor.pose !== 'shelter') {
        const lean = actor.prop?.name === 'balloon' ? actor.arm * 0.3 : 0;
        put(person.prop, 0, 0, main.handX, main.handY, lean, false, propScale[shot.size]);
        const shine = actor.prop ? props[actor.prop.name].glow : undefined;
        if (shine && glow > 0.1)
          glowAt(
            canvas,
            x + (main.handX - centreX) * scale,
            y + (main.handY - 108) * scale,
            150 * scale,
            shine,
            glow * 0.75,
          );
      }
    }
    const clampX = (v: number): number => Math.min(canvas.width, Math.max(0, Math.round(v)));
    const clampY = (v: number): number => Math.min(canvas.height, Math.max(0, Math.round(v)));
    return [clampX(x - 66 * scale), clampY(y - 72 * scale), clampX(x + 66 * scale), clampY(y + 73 * scale)];
  }
}
