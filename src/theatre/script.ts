import type { Actor, Episode } from './types.ts';

/** The script as a person writes it: the object that becomes script.yaml. */
export interface ScriptObject {
  readonly title: string;
  readonly characters: Readonly<Record<string, { readonly face: string; readonly description: string }>>;
  readonly shots: readonly {
    readonly characters: Readonly<Record<string, string | null>> | readonly string[];
    readonly elements: readonly string[];
    readonly plot: string;
    readonly seconds: number;
  }[];
}

/**
 * The episode as a script. Characters of a shot stand in the picture in the order in which they are listed. A shot that
 * says nothing of how its characters look or what their hands do lists their names alone.
 */
export function episodeToScript(episode: Episode): ScriptObject {
  return {
    title: episode.title,
    characters: Object.fromEntries(
      episode.characters.map((c) => [c.id, { face: `${c.id}.png`, description: c.description }]),
    ),
    shots: episode.shots.map((shot) => ({
      characters: shot.characters.some((actor) => actorWords(actor) !== null)
        ? Object.fromEntries(shot.characters.map((actor) => [actor.id, actorWords(actor)]))
        : shot.characters.map((actor) => actor.id),
      elements: shot.elements,
      plot: shot.plot,
      seconds: shot.seconds,
    })),
  };
}

/** What a script says of somebody in a shot: 'smiling, holding a red cup'; null where it says nothing. */
function actorWords({ word, action }: Actor): string | null {
  const said = [word, action].filter((text) => text !== undefined);
  return said.length > 0 ? said.join(', ') : null;
}
