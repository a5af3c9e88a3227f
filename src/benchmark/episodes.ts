import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { writeFileAtomically } from '../files/index.ts';
import { readScript } from '../film/index.ts';
import type { Box } from '../inference/index.ts';
import { limits, type Script } from '../script/index.ts';
import {
  type Actor,
  type Episode,
  episodeToScript,
  type FaceBox,
  generateEpisode,
  type Identity,
  type PropName,
  type Shot,
  type Split,
  theatreVersion,
  writeEpisodes,
} from '../theatre/index.ts';
import { keyOf } from './cache.ts';
import type { FrameSize, PartEvent } from './settings.ts';

/** A person in a true frame. */
export interface TruePerson {
  readonly id: string;
  readonly identity: Identity;
  readonly expression: string;
  /** What the script puts into the person's hand, such as `lamp`; absent where it names nothing. */
  readonly held?: PropName;
  /** Where the face was drawn. */
  readonly box: Box;
}

export interface TestShot {
  /** The true frame, a PNG file. */
  readonly picture: string;
  readonly labels: Pick<Shot, 'place' | 'time' | 'weather' | 'size'>;
  readonly people: readonly TruePerson[];
}

/** A drawn episode on the disk, with all that is true of it. */
export interface TestEpisode {
  readonly folder: string;
  /** What it was drawn from. */
  readonly episode: Episode;
  readonly script: Script;
  /** The same with reference frames: few-shot. */
  readonly fewShot: string;
  readonly shots: readonly TestShot[];
}

export interface EpisodeChoice extends FrameSize {
  readonly seed: number;
  readonly split: Split;
  readonly episodes: number;
  readonly shots: number;
}

/** Draws episodes below `cache`, or takes those that are there. */
export async function* drawEpisodes(
  part: string,
  cache: string,
  choice: EpisodeChoice,
): AsyncGenerator<PartEvent, TestEpisode[], void> {
  const { seed, split, episodes: total, shots, width, height } = choice;
  const folder = join(cache, `episodes-${keyOf(theatreVersion, choice)}`);
  const whole = join(folder, 'whole.json');
  if (!existsSync(whole)) {
    yield { type: 'part', part, done: 0, total };
    await writeEpisodes({ out: folder, episodes: total, seed, split, shots, width, height });
    await writeFileAtomically(whole, `${JSON.stringify(choice)}\n`);
  }
  const list: TestEpisode[] = [];
  for (let index = 0; index < total; index++) {
    const own = join(folder, String(index).padStart(4, '0'));
    list.push(await openEpisode(own, generateEpisode(seed, index, split, { shots })));
  }
  yield { type: 'part', part, done: total, total };
  return list;
}

async function openEpisode(folder: string, episode: Episode): Promise<TestEpisode> {
  const faces = JSON.parse(await readFile(join(folder, 'faces.json'), 'utf8')) as Record<string, FaceBox[]>;
  const identities = new Map(episode.characters.map((c) => [c.id, c.identity]));
  const shots = episode.shots.map((shot, i): TestShot => {
    const name = String(i + 1).padStart(4, '0');
    const actors = new Map(shot.characters.map((actor) => [actor.id, actor]));
    return {
      picture: join(folder, 'keyframes', `${name}.png`),
      labels: { place: shot.place, time: shot.time, weather: shot.weather, size: shot.size },
      people: (faces[name] as FaceBox[]).map(({ character, box }) => {
        const { expression, prop } = actors.get(character) as Actor;
        const identity = identities.get(character) as Identity;
        return { id: character, identity, expression, ...(prop ? { held: prop.name } : {}), box };
      }),
    };
  });
  const fewShot = join(folder, 'few-shot.yaml');
  const count = Math.min(limits.references, shots.length);
  const references = Array.from({ length: count }, (_, i) => {
    const shot = Math.floor(((i + 0.5) * shots.length) / count);
    return `keyframes/${String(shot + 1).padStart(4, '0')}.png`;
  });
  await writeFileAtomically(fewShot, stringify({ ...episodeToScript(episode), references }));
  return { folder, episode, script: await readScript(join(folder, 'script.yaml')), fewShot, shots };
}
