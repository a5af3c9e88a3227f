import { InterchangeError } from './interchangeError.ts';
import { otioNamespace } from './otio.ts';

/** What an editor's timeline shows, as its file says it. */
export interface EditedPiece {
  /** The shot's id where the clip's metadata still say it. */
  readonly shot: string | undefined;
  /** Address of the clip's file, where it has one. */
  readonly url: string | undefined;
  readonly name: string;
  /** Seconds into the file; undefined: all of it. */
  readonly stretch: { readonly start: number; readonly duration: number } | undefined;
}

/** An editor's cut, and what of it is not taken over. */
export interface EditedCut {
  readonly pieces: readonly EditedPiece[];
  readonly notices: readonly string[];
}

type Json = Readonly<Record<string, unknown>>;

/**
 * Reads the first track of video of an OpenTimelineIO file, of any version of its schemas.
 * @param path for errors
 * @throws InterchangeError where the file is no timeline, or has no video in it
 */
export function readOtio(text: string, path: string): EditedCut {
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch (error) {
    throw new InterchangeError(
      `${path} is no OpenTimelineIO file: it is not JSON (${(error as Error).message}); export the cut again`,
      { cause: error },
    );
  }
  if (schemaOf(root) !== 'Timeline') {
    throw new InterchangeError(
      `${path} is no OpenTimelineIO timeline, but ${schemaOf(root) || 'something else'}; export the timeline, not a part of it`,
    );
  }
  const tracks = listOf((root as Json).tracks, 'children').filter((track) => schemaOf(track) === 'Track');
  const [first, ...others] = tracks.filter(
    (track) => track.kind === 'Video' && listOf(track, 'children').length > 0,
  );
  if (!first) throw new InterchangeError(`${path} has no track of video with clips; put the shots on one`);
  const notices: string[] = [];
  if (others.length > 0)
    notices.push(
      `${others.length} more track${others.length > 1 ? 's' : ''} of video: only the lowest is taken over`,
    );
  const items = listOf(first, 'children');
  const pieces = items.flatMap((item, i) => pieceOf(item, i + 1, notices));
  return { pieces, notices };
}

function pieceOf(item: Json, place: number, notices: string[]): EditedPiece[] {
  const schema = schemaOf(item);
  const name = typeof item.name === 'string' && item.name ? `"${item.name}"` : `item ${place}`;
  if (schema === 'Transition') {
    notices.push(
      `a transition (${String(item.transition_type ?? item.name ?? 'of no name')}) is left out: the film cuts there`,
    );
    return [];
  }
  const stretch = rangeOf(item.source_range);
  if (schema === 'Gap') {
    if (stretch && stretch.duration > 0)
      notices.push(`a gap of ${rounded(stretch.duration)} s is left out: the film goes on`);
    return [];
  }
  if (schema !== 'Clip') {
    notices.push(`${name} is a ${schema || 'thing of no schema'}, not a clip, and is left out`);
    return [];
  }
  if (item.enabled === false) {
    notices.push(`${name} is switched off, and is left out`);
    return [];
  }
  if (listOf(item, 'effects').length > 0) notices.push(`the effects of ${name} are left out`);
  const reference = referenceOf(item);
  const available = rangeOf(reference?.available_range);
  const own = (item.metadata as Json | undefined)?.[otioNamespace] as Json | undefined;
  return [
    {
      shot: typeof own?.shot === 'string' ? own.shot : undefined,
      url: typeof reference?.target_url === 'string' ? reference.target_url : undefined,
      name: typeof item.name === 'string' ? item.name : '',
      // files that begin with a time code of their own count from it
      stretch: stretch && { ...stretch, start: stretch.start - (available?.start ?? 0) },
    },
  ];
}

/** `Clip.2` has several references by name, `Clip.1` one. */
function referenceOf(clip: Json): Json | undefined {
  const references = clip.media_references as Json | undefined;
  const key = clip.active_media_reference_key;
  return (references?.[typeof key === 'string' ? key : 'DEFAULT_MEDIA'] ??
    clip.media_reference ??
    undefined) as Json | undefined;
}

/** `Clip` of an object with the schema `Clip.2`. */
function schemaOf(value: unknown): string {
  const schema = typeof value === 'object' && value !== null ? (value as Json).OTIO_SCHEMA : undefined;
  return typeof schema === 'string' ? schema.replace(/\.\d+$/, '') : '';
}

function listOf(value: unknown, key: string): Json[] {
  const list = typeof value === 'object' && value !== null ? (value as Json)[key] : undefined;
  return Array.isArray(list)
    ? list.filter((item): item is Json => typeof item === 'object' && item !== null)
    : [];
}

function rangeOf(value: unknown): { start: number; duration: number } | undefined {
  const { start_time, duration } = Object(value) as Json;
  const [start, length] = [secondsOf(start_time), secondsOf(duration)];
  return start === undefined || length === undefined ? undefined : { start, duration: length };
}

function secondsOf(value: unknown): number | undefined {
  const { rate, value: count } = Object(value) as Json;
  return typeof rate === 'number' && typeof count === 'number' && rate > 0 ? count / rate : undefined;
}

const rounded = (seconds: number): number => Number(seconds.toFixed(3));
