import { join, relative } from 'node:path';
import { RunFolder, type Script } from '../film/index.ts';
import type { MethodState } from './base.ts';
import { clipFramePaths, type FilmMeasures } from './measure.ts';
import type { Base, MethodName } from './method.ts';
import {
  type Comparison,
  type ComparisonRow,
  columnKey,
  columnsOf,
  comparisonFormat,
  type MadeFilm,
  shown,
} from './result.ts';

/** Puts the comparison together from what was made and measured. */
export async function comparisonOf(
  { preset, script }: Base,
  states: readonly MethodState[],
  measured: ReadonlyMap<MethodName, FilmMeasures>,
  out: string,
  seed: number,
): Promise<Comparison> {
  const all = [...measured.values()];
  const rows = await Promise.all(
    states.map(async (state): Promise<ComparisonRow> => {
      const own = measured.get(state.method);
      return own ? { ...state, film: await filmOf(out, state.method, own) } : state;
    }),
  );
  const leftOut = new Map(
    all.flatMap(({ keyframes }) => shown('keyframes', keyframes.leftOut)).map((m) => [m.name, m.reason]),
  );
  const { title, file } = script as Script;
  return {
    format: comparisonFormat,
    title: title ?? file,
    script: file,
    ...{ preset: preset.name, seed },
    encoders: (all[0]?.keyframes.encoders ?? []).map(({ role, name, fingerprint }) => ({
      ...{ role, name, fingerprint },
    })),
    columns: columnsOf(
      all.map(({ keyframes, clips }) => ({ keyframes: keyframes.metrics, clips: clips.metrics })),
    ),
    rows,
    leftOut: [...leftOut].map(([name, reason]) => ({ name, reason })),
  };
}

async function filmOf(out: string, method: MethodName, measures: FilmMeasures): Promise<MadeFilm> {
  const folder = await RunFolder.read(join(out, method));
  const below = (path: string): string => relative(out, join(folder.path, path)).replaceAll('\\', '/');
  const values = (['keyframes', 'clips'] as const).flatMap((of) =>
    shown(of, measures[of].metrics).map(({ key, value }) => [columnKey(of, key), value] as const),
  );
  return {
    movie: below('movie.mp4'),
    storyboard: below('storyboard.html'),
    evaluation: below('evaluation.html'),
    shots: folder.state.shots.map(({ id }, i) => ({
      shot: i + 1,
      keyframe: below(relative(folder.path, folder.keyframe(i))),
      frames: clipFramePaths(id).map(below),
    })),
    values: Object.fromEntries(values),
  };
}
