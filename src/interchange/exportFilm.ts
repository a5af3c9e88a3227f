import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  checkOutputFile,
  checkOutputFolder,
  explainDiskError,
  writeAtomically,
  writeFileAtomically,
} from '../files/index.ts';
import { relativeUrl } from '../media/index.ts';
import { comicPages } from './comic.ts';
import { edlText } from './edl.ts';
import { exportKeyframes, exportMovie, type MasterOptions } from './exportMaster.ts';
import { fcpxmlText } from './fcpxml.ts';
import { type FilmSource, filmTimeline } from './filmTimeline.ts';
import { InterchangeError } from './interchangeError.ts';
import { mltText } from './mlt.ts';
import { otioText } from './otio.ts';
import { otiozEntries } from './otioz.ts';
import { contactSheetPng, filmBoard } from './pictures.ts';
import { type PerPage, storyboardPdf } from './storyboardPdf.ts';
import { hasSpeech, srtText, vttText } from './subtitles.ts';
import type { Link, Timeline } from './timeline.ts';
import { writeZip, type ZipEntry } from './zip.ts';

/** How a film is written in a format. */
export interface ExportOptions extends MasterOptions {
  /** Path of the file; default: beside the film, such as `cut.otio`. */
  readonly out?: string | undefined;
  /** Addresses of clips as absolute paths instead of relative to the file. Default: false. */
  readonly absolute?: boolean | undefined;
  /** Shots on a page of a PDF. Default: 6. */
  readonly perPage?: PerPage | undefined;
}

/** What was written. */
export interface Exported {
  readonly path: string;
  /** What the reader of the file should know. */
  readonly notices: readonly string[];
}

interface Format {
  /** Name of the file, or of the folder, in the film's folder. */
  readonly file: string;
  write(film: FilmSource, link: Link, options: ExportOptions): Promise<Written>;
}

/** The content of a file, or the files of an archive. */
interface Written {
  readonly data?: string | Uint8Array;
  readonly zip?: readonly ZipEntry[];
  /** Writes the file, or the folder of files, itself. */
  readonly write?: (path: string) => Promise<readonly string[]>;
  readonly notices?: readonly string[];
}

const ofTimeline =
  (write: (timeline: Timeline, link: Link) => string): Format['write'] =>
  async (film, link) => ({ data: write(await filmTimeline(film), link) });

const subtitles =
  (write: (timeline: Timeline) => string): Format['write'] =>
  async (film) => {
    const timeline = await filmTimeline(film);
    const notice = 'the script has neither dialogue nor narration: the subtitles are the plots of the shots';
    return { data: write(timeline), notices: hasSpeech(timeline) ? [] : [notice] };
  };

/** Names of the formats. */
export const formatNames = [
  'otio',
  'otioz',
  'fcpxml',
  'edl',
  'mlt',
  'srt',
  'vtt',
  'pdf',
  'cbz',
  'contact-sheet',
  'mp4',
  'png',
] as const;
export type FormatName = (typeof formatNames)[number];

/** Every format that a film can be exported to. */
const formats: { readonly [K in FormatName]: Format } = {
  otio: { file: 'cut.otio', write: ofTimeline(otioText) },
  otioz: { file: 'cut.otioz', write: async (film) => ({ zip: otiozEntries(await filmTimeline(film)) }) },
  fcpxml: { file: 'cut.fcpxml', write: ofTimeline(fcpxmlText) },
  edl: { file: 'cut.edl', write: ofTimeline(edlText) },
  mlt: { file: 'cut.mlt', write: ofTimeline(mltText) },
  srt: { file: 'movie.srt', write: subtitles(srtText) },
  vtt: { file: 'movie.vtt', write: subtitles(vttText) },
  pdf: {
    file: 'storyboard.pdf',
    write: (film, _, { perPage = 6 }) => storyboardPdf(filmBoard(film), perPage),
  },
  cbz: { file: 'film.cbz', write: async (film) => ({ zip: await comicPages(filmBoard(film)) }) },
  'contact-sheet': {
    file: 'contact-sheet.png',
    write: async (film) => ({ data: await contactSheetPng(filmBoard(film)) }),
  },
  mp4: {
    file: 'film.mp4',
    write: async (film, _, options) => ({ write: (path) => exportMovie(film, path, options) }),
  },
  png: {
    file: 'film-keyframes',
    write: async (film, _, { sign }) => ({ write: (path) => exportKeyframes(film, path, sign) }),
  },
};

/**
 * Writes a film in a format of editors, atomically. The same film gives the same bytes.
 * @throws InterchangeError where the film is not whole, or the format cannot hold it. OutputError
 */
export async function exportFilm(
  film: FilmSource,
  to: FormatName,
  options: ExportOptions = {},
): Promise<Exported> {
  const { out, absolute = false } = options;
  const format = formats[to];
  const path = resolve(out ?? join(film.folder.path, format.file));
  if (options.sign && to !== 'mp4' && to !== 'png')
    throw new InterchangeError(`--sign is for --to mp4 and --to png; ${to} cannot hold content credentials`);
  if ((options.size || options.fps) && to !== 'mp4')
    throw new InterchangeError(`--size and --fps are for --to mp4; ${to} keeps the film's`);
  if (to === 'png') await checkOutputFolder(path);
  else await checkOutputFile(path);
  const link: Link = (file) => (absolute ? pathToFileURL(file).href : relativeUrl(file, dirname(path)));
  try {
    const { data, zip, write, notices = [] } = await format.write(film, link, options);
    if (write) return { path, notices: await write(path) };
    if (zip) await writeAtomically(path, (temporary) => writeZip(temporary, zip));
    else await writeFileAtomically(path, data ?? '');
    return { path, notices };
  } catch (error) {
    throw await explainDiskError(error, dirname(path));
  }
}
