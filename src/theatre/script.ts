import type { Episode } from './types.ts';

/** The script as a person writes it: the object that becomes script.yaml. */
export interface ScriptObject {
  readonly title: string;
  readonly characters: Readonly<Record<string, { readonly face: string; readonly description: string }>>;
  readonly shots: readonly {
    readonly characters: Readonly<Record<string, string>> | readonly string[];
    readonly elements: readonly string[];
    readonly plot: string;
    readonly seconds: number;
  }[];
}

/**
 * The episode as a script. Characters of a shot stand in the picture in the order in which they are listed. A shot in
 * which any expression is left out lists its characters without expressions.
 */
export function episodeToScript(episode: Episode): ScriptObject {
  return {
    title: episode.title,
    characters: Object.fromEntries(
      episode.characters.map((c) => [c.id, { face: `${c.id}.png`, description: c.description }]),
    ),
    shots: episode.shots.map((shot) => ({
      characters: shot.characters.every((actor) => actor.word !== undefined)
        ? Object.fromEntries(shot.characters.map((actor) => [actor.id, actor.word as string]))
        : shot.characters.map((actor) => actor.id),
      elements: shot.elements,
      plot: shot.plot,
      seconds: shot.seconds,
    })),
  };
}
