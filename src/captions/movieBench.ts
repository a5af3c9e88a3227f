import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeFileAtomically } from '../files/index.ts';
import { limits, type ScriptFile, splitSentences } from '../script/index.ts';
import type { CaptionedFilm } from './captioned.ts';
import { CaptionsError } from './captionsError.ts';

/** A shot as MovieBench (Wu et al., 2024) annotates it. */
export interface MovieBenchShot {
  readonly Characters: Readonly<Record<string, string>>;
  readonly 'Style Elements': readonly string[];
  readonly Plot: string;
  readonly 'Background Description': string;
  readonly 'Camera Motion': string;
}

const shotSchema: z.ZodType<MovieBenchShot> = z.object({
  Characters: z.record(z.string(), z.string()).default({}),
  'Style Elements': z.array(z.string()).default([]),
  Plot: z.string(),
  'Background Description': z.string().default(''),
  'Camera Motion': z.string().default(''),
});

/** Most style elements of a shot. */
const mostElements = 3;

/** The shots of a captioned film, one for each line of its script. The camera's motion is not known, and stays empty. */
export function movieBenchShots(captioned: CaptionedFilm, script: ScriptFile): MovieBenchShot[] {
  return script.shots.map((line, i) => {
    const said = Object.entries((line.characters ?? {}) as Record<string, string | null>);
    const shot = captioned.shots[i];
    const at = shot ? shot.frames.indexOf(shot.frame) : -1;
    return {
      Characters: Object.fromEntries(
        said.map(([name, mood]) => {
          const description = script.characters?.[name]?.description ?? '';
          return [name, mood ? `${description.replace(/[.\s]+$/, '')}, ${mood}.` : description];
        }),
      ),
      'Style Elements': (line.elements ?? []).slice(0, mostElements),
      Plot: [line.plot].flat().join(' '),
      'Background Description': shot?.captions[at]?.text ?? '',
      'Camera Motion': '',
    };
  });
}

/** Writes each shot as `0001.json` and so on into a folder. */
export async function writeMovieBench(folder: string, shots: readonly MovieBenchShot[]): Promise<void> {
  for (const [i, shot] of shots.entries())
    await writeFileAtomically(
      join(folder, `${String(i + 1).padStart(4, '0')}.json`),
      `${JSON.stringify(shot, null, 4)}\n`,
    );
}

export interface MovieBenchOptions {
  /** Title of the film. */
  readonly title?: string | undefined;
  /** Folder of MovieBench's bank, with a folder `Actor-Character_Name` a person and `best.jpg` in it. */
  readonly bank: string;
  /** Seconds of every shot, which annotations do not tell. Default 3. */
  readonly seconds?: number | undefined;
}

/**
 * Reads a folder of annotations, a JSON file a shot in the order of their names, as a script. People without a portrait in
 * the bank are in `withoutPortrait`, and in no shot's characters.
 * @throws CaptionsError for a file that is no annotation, with its name and what was expected
 */
export async function readMovieBench(
  folder: string,
  options: MovieBenchOptions,
): Promise<{ readonly script: ScriptFile; readonly withoutPortrait: readonly string[] }> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort(byNumber);
  if (files.length === 0)
    throw new CaptionsError(`${folder} has no annotation; expected a JSON file a shot, such as 0001.json`);
  const shots = await Promise.all(files.map((name) => readShot(join(folder, name))));
  const bank = await bankOf(options.bank);
  const people = new Map<string, string>();
  for (const { Characters } of shots)
    for (const [name, description] of Object.entries(Characters))
      if (!people.has(name) && description.trim() !== '') people.set(name, description.trim());
  const known = [...people.keys()].filter((name) => bank.has(name));
  const { title, seconds = 3 } = options;
  return {
    withoutPortrait: [...new Set(shots.flatMap(({ Characters }) => Object.keys(Characters)))].filter(
      (name) => !known.includes(name),
    ),
    script: {
      version: 1,
      ...(title ? { title } : {}),
      ...(known.length > 0
        ? {
            characters: Object.fromEntries(
              known.map((name) => [
                name,
                {
                  face: bank.get(name) as string,
                  description: short(people.get(name) as string, 2).join(' '),
                },
              ]),
            ),
          }
        : {}),
      shots: shots.map((shot) => lineOf(shot, known, seconds)),
    },
  };
}

function lineOf(
  shot: MovieBenchShot,
  known: readonly string[],
  seconds: number,
): ScriptFile['shots'][number] {
  const present = Object.keys(shot.Characters)
    .filter((name) => known.includes(name))
    .slice(0, limits.charactersPerShot);
  const room = limits.sentencesPerShot - 2 * present.length;
  const plot = short(shot.Plot, Math.max(1, Math.floor(room / 2)));
  const elements = [
    ...shot['Style Elements'],
    ...splitSentences(shot['Background Description']),
    ...splitSentences(shot['Camera Motion']),
  ].filter((text) => text.trim() !== '');
  return {
    ...(present.length > 0 ? { characters: present } : {}),
    ...(elements.length > 0 ? { elements: elements.slice(0, Math.max(1, room - plot.length)) } : {}),
    plot: plot.length > 0 ? plot : 'Nothing is told of this shot.',
    seconds,
  };
}

const short = (text: string, sentences: number): string[] => splitSentences(text).slice(0, sentences);

async function readShot(path: string): Promise<MovieBenchShot> {
  const expected = 'expected {"Characters": {...}, "Style Elements": [...], "Plot": "...", ...}';
  let data: unknown;
  try {
    data = JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new CaptionsError(
      `${path} is no annotation of MovieBench: ${(cause as Error).message}; ${expected}`,
      {
        cause,
      },
    );
  }
  const { data: shot, error } = shotSchema.safeParse(data);
  if (shot) return shot;
  const { path: key, message } = error.issues[0] as (typeof error.issues)[number];
  throw new CaptionsError(
    `${path} is no annotation of MovieBench: ${key.join('.') || 'the whole'}: ${message}; ${expected}`,
  );
}

/** Portraits by the names of characters: `Elliot_Page-Juno_MacGuff/best.jpg` is Juno MacGuff's. */
async function bankOf(folder: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: Error) => {
    throw new CaptionsError(`the bank ${folder} cannot be read (${cause.message}); check the path`, {
      cause,
    });
  });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (!entry.isDirectory()) continue;
    const pictures = (await readdir(join(folder, entry.name))).filter((name) =>
      /\.(jpe?g|png|webp)$/i.test(name),
    );
    const best = pictures.find((name) => /^best\./i.test(name)) ?? pictures.sort()[0];
    const name = entry.name.slice(entry.name.indexOf('-') + 1).replaceAll('_', ' ');
    if (best && !found.has(name)) found.set(name, join(folder, entry.name, best));
  }
  return found;
}

/** `2.json` before `10.json`. */
const byNumber = (a: string, b: string): number => a.localeCompare(b, 'en', { numeric: true });
