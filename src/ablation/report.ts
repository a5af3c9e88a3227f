import { join } from 'node:path';
import type { EncoderIdentity } from '../evaluation/index.ts';
import { explainDiskError, writeFileAtomically } from '../files/index.ts';
import type { ExperimentResult } from './experiment.ts';
import type { ExperimentName } from './names.ts';
import type { AblationSettings } from './settings.ts';
import { directionTable, figureTable } from './tables.ts';

/** `ablations.json`: all figures and what they depend on. It holds no times and no paths. */
export interface AblationResult {
  readonly format: 'moviedreamer-ablations-1';
  readonly preset: string;
  /** Fingerprints of the preset's weights and configs. */
  readonly models: Readonly<Record<string, string>>;
  readonly encoders: readonly Omit<EncoderIdentity, 'path'>[];
  readonly settings: AblationSettings;
  /** Cosine from which a face is a character's. */
  readonly faceThreshold: number;
  /** What was asked for, in the paper's order. */
  readonly only: readonly ExperimentName[];
  readonly rule: string;
  readonly experiments: readonly ExperimentResult[];
}

/** Writes `ablations.md` and `ablations.json`; the same figures give the same bytes. */
export async function writeReport(
  out: string,
  result: AblationResult,
): Promise<{ json: string; markdown: string }> {
  const [json, markdown] = [join(out, 'ablations.json'), join(out, 'ablations.md')];
  try {
    await writeFileAtomically(markdown, markdownOf(result));
    await writeFileAtomically(json, `${JSON.stringify(result, null, 2)}\n`);
    return { json, markdown };
  } catch (error) {
    throw await explainDiskError(error, out);
  }
}

/** The figures as Markdown. Pure. */
export function markdownOf(result: AblationResult): string {
  const { preset, models, encoders, settings, faceThreshold, experiments } = result;
  const short = (print: string): string => print.slice(0, 12);
  const lines = [
    '# Ablations',
    '',
    `\`${commandOf(result)}\`: every variant is trained from ${settings.seeds} ${settings.seeds === 1 ? 'seed' : 'seeds'} ` +
      `(${seedsText(settings)}), the same for all, and measured on ${settings.episodes} held-out ` +
      `test episodes of ${settings.shots} shots, whose people, seeds and plots no training saw.`,
    '',
    'Figures are means over the seeds ± standard deviation; the paper’s are on its own data and at its own scale, so that only ' +
      `directions compare. ${capital(result.rule)}.`,
    `A face is a character’s from a cosine of ${faceThreshold} with the portrait.`,
    '',
    ...experiments.flatMap((experiment) => [
      `## ${experiment.title}`,
      '',
      `${capital(experiment.budget)}.`,
      '',
      ...table(figureTable(experiment)),
      '',
      ...table(directionTable(experiment)),
      '',
      ...experiment.notes.flatMap((note) => [note, '']),
    ]),
    `Preset \`${preset}\`; measured with ${encoders.map((e) => `\`${e.name}\` ${short(e.fingerprint)}`).join(', ')}; models ` +
      `${Object.entries(models)
        .map(([name, print]) => `\`${name}\` ${short(print)}`)
        .join(', ')}.`,
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

/** The command that makes this again, without folders. */
export function commandOf({ settings, only }: Pick<AblationResult, 'settings' | 'only'>): string {
  const { seeds, seed, budget, trainEpisodes, fewEpisodes, episodes, shots, people, clips } = settings;
  return (
    `npx moviedreamer ablate --only ${only.join(',')} --seeds ${seeds} --seed ${seed} --budget ${budget} ` +
    `--train-episodes ${trainEpisodes} --few-episodes ${fewEpisodes} --episodes ${episodes} --shots ${shots} ` +
    `--people ${people} --clips ${clips} --segments ${settings.segments.join(',')} --clip-steps ${settings.clipSteps.join(',')}`
  );
}

function seedsText({ seed, seeds }: AblationSettings): string {
  return seeds === 1 ? `${seed}` : `${seed} to ${seed + seeds - 1}`;
}

function table(rows: readonly (readonly string[])[]): string[] {
  const [headings = [], ...rest] = rows;
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(headings), line(headings.map(() => '---')), ...rest.map(line)];
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
