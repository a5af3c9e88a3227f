import { join } from 'node:path';
import type { EncoderIdentity } from '../evaluation/index.ts';
import { explainDiskError, writeFileAtomically } from '../files/index.ts';
import { contactSheet, type Image, readImage, writePng } from '../media/index.ts';
import { cellsOf, headings, type Row } from './rows.ts';
import type { BenchmarkSettings } from './settings.ts';

/** `benchmark.json`: all figures and what they depend on. It holds no times and no paths. */
export interface BenchmarkResult {
  readonly format: 'moviedreamer-benchmark-1';
  readonly preset: string;
  /** Fingerprints of the models' weights and configs. */
  readonly models: Readonly<Record<string, string>>;
  readonly encoders: readonly Omit<EncoderIdentity, 'path'>[];
  readonly settings: BenchmarkSettings;
  /** Cosine from which a face is a character's. */
  readonly faceThreshold: number;
  readonly rows: readonly Row[];
}

/** A column of the sheets. */
export interface SheetColumn {
  readonly name: string;
  /** By episode and shot. */
  readonly pictures: readonly (readonly string[])[];
}

/** Episodes that get a sheet, and shots on each. */
const sheetEpisodes = 4;
const sheetShots = 8;

/** Writes the sheets, `results.md` and `benchmark.json`; the same figures and pictures give the same bytes. */
export async function writeReport(
  out: string,
  result: BenchmarkResult,
  columns: readonly SheetColumn[],
): Promise<{ json: string; markdown: string; sheets: string[] }> {
  const [json, markdown] = [join(out, 'benchmark.json'), join(out, 'results.md')];
  try {
    const sheets = await writeSheets(out, columns);
    await writeFileAtomically(markdown, markdownOf(result, sheets));
    await writeFileAtomically(json, `${JSON.stringify(result, null, 2)}\n`);
    return { json, markdown, sheets: sheets.map((name) => join(out, name)) };
  } catch (error) {
    throw await explainDiskError(error, out);
  }
}

async function writeSheets(out: string, columns: readonly SheetColumn[]): Promise<string[]> {
  const episodes = columns[0]?.pictures ?? [];
  const names: string[] = [];
  for (const [e, shots] of episodes.slice(0, sheetEpisodes).entries()) {
    const count = Math.min(sheetShots, shots.length);
    const chosen = Array.from({ length: count }, (_, i) => Math.floor((i * shots.length) / count));
    const images: Image[] = [];
    const labels: string[] = [];
    for (const s of chosen) {
      for (const { name, pictures } of columns) {
        images.push(await readImage(pictures[e]![s] as string));
        labels.push(`${name}, shot ${s + 1}`);
      }
    }
    const file = `episode-${e + 1}.png`;
    await writePng(join(out, file), contactSheet(images, { columns: columns.length, labels }));
    names.push(file);
  }
  return names;
}

/** The figures as Markdown. Pure. */
export function markdownOf(result: BenchmarkResult, sheets: readonly string[]): string {
  const { settings, rows, preset, models, encoders, faceThreshold } = result;
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const lines = [
    '# Results',
    '',
    `\`npx moviedreamer benchmark theatre --episodes ${settings.episodes} --shots ${settings.shots} --seed ${settings.seed}\`: ` +
      `${settings.episodes} held-out test episodes of ${settings.shots} shots, whose people, seeds and plots no training saw.`,
    '',
    line(headings),
    line(headings.map(() => '---')),
    ...rows.map((row) => line(cellsOf(row))),
    '',
    'Ceilings are the same metric on other pictures of the same shots: `truth`, the drawn frames; `VAE`, these through ' +
      'the VAE and back; `true tokens`, rendered from the tokens of the true frames with the script’s rows.',
    `A face is a character’s from a cosine of ${faceThreshold} with the portrait. Probes are linear classifiers of CLIP’s patch features, ` +
      `averaged over 4 x 4 parts of a picture, and learned from ${settings.probeFrames} frames of the training split; their own accuracy ` +
      'is what they reach on true test frames.',
    'An object in hand is asked of people whose script names one, in the square that their hands reach; a bar above every ' +
      'ceiling is said to be so.',
    'Fine detail is the mean absolute Laplacian of grey levels; dots, which would count as detail, show in the energy at periods of ' +
      '4 and 8 pixels, and in how far those stand out of the spectrum.',
    '',
    `Preset \`${preset}\`; measured with ${encoders.map((e) => `\`${e.name}\` ${e.fingerprint.slice(0, 12)}`).join(', ')}; ` +
      `models ${Object.entries(models)
        .map(([name, print]) => `\`${name}\` ${print.slice(0, 12)}`)
        .join(', ')}.`,
    '',
    ...sheets.flatMap((name, i) => [`![Episode ${i + 1} of the benchmark](${name})`, '']),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}
