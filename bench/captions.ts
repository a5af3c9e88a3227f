import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  addFigures,
  type Box4,
  type CaptionFigures,
  captionFigures,
  captionFilm,
  openTheatre,
  type SeenFilm,
  type SeenPerson,
  theatreCaptioner,
  theatreScripter,
} from '../src/captions/index.ts';
import { type FaceDetector, findFaces, intersectionOverUnion, ModelLoader } from '../src/inference/index.ts';
import { readImage } from '../src/media/index.ts';
import { Preset } from '../src/presets/index.ts';
import { WorkerHost } from '../src/runtime/index.ts';
import {
  type Episode,
  type FaceBox,
  generateEpisode,
  type Split,
  writeEpisodes,
} from '../src/theatre/index.ts';

/**
 * What captions by retrieval get right of drawn episodes, whose people and identities are given (`--found`: whose faces the
 * theatre's detector finds): `npx tsx bench/captions.ts [--split test] [--episodes 10] [--shots 24] [--faces 1800] [--found]`.
 */
const { values } = parseArgs({
  options: {
    split: { type: 'string', default: 'test' },
    episodes: { type: 'string', default: '10' },
    shots: { type: 'string', default: '24' },
    cache: { type: 'string', default: 'runs/cache/captions' },
    faces: { type: 'string', default: '1800' },
    found: { type: 'boolean', default: false },
  },
});
const [split, episodes, shots] = [values.split as Split, Number(values.episodes), Number(values.shots)];
const folder = await mkdtemp(join(tmpdir(), 'moviedreamer-captions-'));
await writeEpisodes({ out: folder, episodes, seed: 0, split, shots });
const host = await WorkerHost.start();
const preset = await Preset.open('theatre');
const say = (text: string): void => console.error(text);
const models = await openTheatre(host, preset, { cache: values.cache, say, faces: Number(values.faces) });
const detector = values.found ? await new ModelLoader(preset, host).faceDetector() : undefined;
let all: CaptionFigures | undefined;
for (let e = 0; e < episodes; e++) {
  const episode = generateEpisode(0, e, split, { shots });
  const film = await seenFilm(join(folder, String(e).padStart(4, '0')), episode, detector);
  const work = captionFilm(film, {
    captioner: theatreCaptioner(models),
    scripter: theatreScripter(models),
    cache: await mkdtemp(join(tmpdir(), 'moviedreamer-answers-')),
  });
  let step = await work.next();
  while (!step.done) step = await work.next();
  const own = captionFigures(step.value, {
    episode,
    shotOf: (shot) => shot,
    nameOf: (id) => episode.characters.find((character) => character.id === id)?.name,
  });
  all = all ? addFigures(all, own) : own;
  for (const [id, description] of step.value.characters)
    console.error(
      `${id}: ${description} (true: ${episode.characters.find((c) => c.id === id)?.description})`,
    );
}
if (all) {
  const { shots: count, ...right } = all;
  console.log(`${count} shots of ${episodes} ${split} episodes, faces ${values.found ? 'found' : 'given'}`);
  for (const [name, value] of Object.entries(right))
    console.log(`${name.padEnd(14)} ${(value / count).toFixed(3)}`);
}
await detector?.release();
await models[Symbol.asyncDispose]();
await host.close();

/** A drawn episode as `footage` would give it: a keyframe a shot. */
async function seenFilm(own: string, episode: Episode, finder?: FaceDetector): Promise<SeenFilm> {
  const faces = JSON.parse(await readFile(join(own, 'faces.json'), 'utf8')) as Record<string, FaceBox[]>;
  const frames = await Promise.all(
    episode.shots.map(async (_, shot) => {
      const name = String(shot + 1).padStart(4, '0');
      const picture = join(own, 'keyframes', `${name}.png`);
      const drawn = faces[name] ?? [];
      const found = finder ? await findFaces(finder, await readImage(picture)) : undefined;
      const people: SeenPerson[] = found
        ? found.map(({ box, score }) => {
            const best = drawn.find((face) => intersectionOverUnion(face.box, box) > 0.3);
            return {
              box: corner(box),
              score,
              face: { box: corner(box), score },
              identity: best?.character ?? null,
            };
          })
        : drawn.map(({ character, box }) => ({
            ...{ box: corner(box), score: 1, face: { box: corner(box), score: 1 }, identity: character },
          }));
      return { id: `${episode.index}/${name}`, seconds: shot, shot, picture, people };
    }),
  );
  const cuts = episode.shots.map((_, i) => ({ from: i, to: i + 1 }));
  return { id: String(episode.index), title: episode.title, shots: cuts, frames };
}

function corner([x0, y0, x1, y1]: readonly [number, number, number, number]): Box4 {
  return [x0, y0, x1 - x0, y1 - y0];
}
