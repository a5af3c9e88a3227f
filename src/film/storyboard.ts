import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import {
  coverImage,
  encodePng,
  imageAt,
  type Storyboard,
  type StoryboardCheck,
  writeStoryboard,
} from '../media/index.ts';
import { defaultFaceThreshold } from '../metrics/index.ts';
import type { Script } from '../script/index.ts';
import { type CheckedFace, faultsInWords, type PictureCheck } from './checks/verdict.ts';
import { type DreamStage, dreamStages } from './events.ts';
import type { FilmFacts } from './facts.ts';
import { type Job, recordOf } from './jobs.ts';
import { plan } from './plan.ts';
import { takePath } from './run/paths.ts';
import type { RunFolder } from './run/runFolder.ts';
import { type ShotState, shotLabel, type TakeState } from './run/state.ts';
import type { ShotTokens } from './run/tokenFile.ts';

/** Width and height of portraits in pixels: twice what the page shows. */
const PORTRAIT = 128;

export interface StoryboardOptions {
  readonly script: Script;
  readonly folder: RunFolder;
  readonly facts: FilmFacts;
  readonly tokens: ReadonlyMap<string, ShotTokens>;
  /** The last stage that was done. Models of later ones are not known. */
  readonly last: DreamStage;
}

/** Writes the script beside its pictures and clips. What is of before the last change says so, and counts as no clip. */
export async function writeFilmStoryboard(options: StoryboardOptions): Promise<void> {
  const { script, folder, facts } = options;
  const { state } = folder;
  const isCurrent = currentJobs(options);
  const board: Storyboard = {
    title: script.title ?? fallbackTitle(script),
    characters: await Promise.all(
      script.characters.map(async ({ id, description, face }) => ({
        id,
        description,
        face: await portrait(face, script),
      })),
    ),
    shots: script.shots.map((shot, i) => {
      const own = state.shots[i];
      const [keyframe, clip] = [folder.keyframe(i), folder.clip(i)];
      const hasKeyframe = own?.keyframe !== undefined && existsSync(keyframe);
      const isFresh = isCurrent(`keyframe:${own?.id}`);
      return {
        ...shot,
        number: i + 1,
        id: own && shotLabel(own) !== `${i + 1}` ? shotLabel(own) : undefined,
        image: hasKeyframe ? keyframe : undefined,
        isOutdated: hasKeyframe && !isFresh,
        check: hasKeyframe && own ? checkOf(own) : undefined,
        takes: own?.takes?.map((take) => ({
          number: take.take + 1,
          image: join(folder.path, takePath(own.id, take.take)),
          summary: summaryOf(take),
          isShown: take.take === own.take,
        })),
        clip: own?.clip && isFresh && isCurrent(`clip:${own.id}`) && existsSync(clip) ? clip : undefined,
      };
    }),
    size: facts.settings.keyframe,
    movie: state.movie && isCurrent('movie') ? folder.movie : undefined,
  };
  await writeStoryboard(folder.storyboard, board);
}

/** The verdict on a shot's keyframe and clip, and the faces of the keyframe; undefined where they are of an earlier file. */
function checkOf({ checks, keyframe, clip }: ShotState): StoryboardCheck | undefined {
  const own = checks?.keyframe?.of === keyframe?.sha256 ? checks?.keyframe?.pictures[0] : undefined;
  if (!own) return undefined;
  const frames = clip && checks?.clip?.of === clip.sha256 ? checks.clip.pictures : [];
  const wrong = frames.filter(({ passes }) => !passes);
  const inClip = wrong.map((frame) => `frame ${frame.frame + 1} of the clip: ${faultsInWords(frame)}`);
  const faults = [...(own.passes ? [] : [faultsInWords(own)]), ...inClip];
  return {
    summary: faults.length > 0 ? faults.join('; ') : whoIsThere(own),
    size: own.size,
    faces: own.faces.map((face) => ({
      box: face.box,
      label: labelOf(face),
      passes: isSure(face) && !own.unexpected.includes(face.character ?? ''),
    })),
  };
}

/** Who was seen in a take. */
function summaryOf({ check }: TakeState): string {
  const picture = check?.pictures[0];
  if (!picture) return 'not looked at';
  return picture.passes ? whoIsThere(picture) : faultsInWords(picture);
}

const isSure = ({ cosine }: CheckedFace): boolean => (cosine ?? -1) >= defaultFaceThreshold;
const labelOf = ({ character, cosine }: CheckedFace): string =>
  character === null || cosine === null ? 'stranger' : `${character} ${cosine.toFixed(2)}`;
const whoIsThere = ({ faces }: PictureCheck): string =>
  faces.length > 0 ? `found: ${faces.map(labelOf).join(', ')}` : 'nobody is there, as the script says';

/** Tells of the ids of jobs whether what lies in the folder is what the script, the settings and the models give now. */
function currentJobs({ script, folder, facts, tokens, last }: StoryboardOptions): (id: string) => boolean {
  const { state } = folder;
  const files = new Map<string, string>();
  const recorded = (job: Job) => folder.finished(job);
  const now = { version: 2, shots: [...tokens.values()], inputs: undefined };
  const planned = (known: ReadonlyMap<string, string>) =>
    plan(script, state, { ...facts, tokens: now, files: known }, { last: 'movie' }).jobs;
  for (const job of planned(files)) {
    const finished = recorded(job);
    if (finished && existsSync(folder.pathOf(job))) files.set(job.output, finished.sha256);
  }
  const done = dreamStages.slice(0, dreamStages.indexOf(last) + 1);
  const current = new Set<string>();
  for (const job of planned(files)) {
    const isAsked = done.includes(stageOf(job));
    const finished = recorded(job);
    if (job.status === 'reuse' || (!isAsked && finished && isSameButModels(finished.inputs, job)))
      current.add(job.id);
  }
  return (id) => current.has(id);
}

const stageOf = ({ kind }: Job): DreamStage =>
  kind === 'keyframe' ? 'keyframes' : kind === 'clip' ? 'clips' : kind;

/** Whether a file was made from a job's inputs, as far as they are known where its models were not looked at. */
function isSameButModels(before: Readonly<Record<string, unknown>> | undefined, job: Job): boolean {
  if (!before) return job.needs.length === 0;
  const models = ['maker', 'weights', 'scheduler'];
  const now = recordOf(job.inputs);
  return Object.keys(now).every(
    (name) => models.includes(name) || JSON.stringify(before[name]) === JSON.stringify(now[name]),
  );
}

/** A portrait, small, as a data URL: the page needs no file outside of the run folder. */
async function portrait(path: string, { inMemory }: Script): Promise<string> {
  const png = await encodePng(coverImage(await imageAt(path, inMemory), PORTRAIT, PORTRAIT));
  return `data:image/png;base64,${Buffer.from(png).toString('base64')}`;
}

/** The name of the script's file, for films without a title. */
const fallbackTitle = (script: Script): string => basename(script.file).replace(/\.[^.]+$/, '');
