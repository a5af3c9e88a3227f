import { type ParsedScript, parseScript } from '../script/index.ts';
import { episodeToScript } from '../theatre/index.ts';
import type { EpisodeRecord } from './theatreFrames.ts';

/**
 * The script of an episode as a user would write it.
 * @param file name in the messages of errors
 */
export function episodeScript({ episode }: Pick<EpisodeRecord, 'episode'>, file: string): ParsedScript {
  return parseScript(JSON.stringify(episodeToScript(episode)), { file });
}
