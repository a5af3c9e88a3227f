import { relative } from 'node:path';
import { detectionThreshold } from '../inference/index.ts';
import { type Encoders, encoderRoles } from './encoderTypes.ts';
import { type Evaluation, evaluationFormat } from './evaluation.ts';
import { faceMetrics } from './faceMetrics.ts';
import { type Film, filmTitle } from './film.ts';
import { type MeasureOptions, measureAll, type Need } from './metric.ts';
import type { Observations } from './observe.ts';
import { pictureMetrics } from './pictureMetrics.ts';
import { scoreShots } from './shotScores.ts';

/** Puts all figures of a film together. Pure. */
export function assemble(
  film: Film,
  encoders: Encoders,
  observations: Observations,
  options: MeasureOptions,
  folder: string,
): Evaluation {
  const identities = encoderRoles.flatMap((role) => encoders[role]?.identity ?? []);
  const trueFrames = film.frames.filter((f) => f.truth !== undefined).length;
  const absent: Partial<Record<Need, string>> = {
    ...encoders.absent,
    ...(trueFrames === 0 ? { truth: 'needs the true pictures: give their folder with --truth' } : {}),
  };
  const names = Object.fromEntries(identities.map(({ role, name }) => [role, name]));
  const { metrics, leftOut } = measureAll(
    [...pictureMetrics, ...faceMetrics],
    observations,
    options,
    absent,
    names,
  );
  const faces = observations.shots.reduce((n, { seen }) => n + (seen.faces?.length ?? 0), 0);
  return {
    format: evaluationFormat,
    title: filmTitle(film),
    script: film.script.file,
    ...(film.made ? { made: film.made } : {}),
    counts: {
      shots: film.script.shots.length,
      frames: film.frames.length,
      trueFrames,
      characters: film.script.characters.length,
      ...(encoders.detector ? { faces } : {}),
    },
    thresholds: { face: options.faceThreshold, detection: detectionThreshold },
    encoders: identities,
    metrics,
    leftOut,
    notices: noticesOf(film, encoders, observations),
    shots: scoreShots(observations, options).map((shot) => ({
      ...shot,
      picture: relative(folder, shot.picture),
      ...(shot.truth === undefined ? {} : { truth: relative(folder, shot.truth) }),
    })),
  };
}

function noticesOf({ without, frames }: Film, { cut, clip }: Encoders, { shots }: Observations): string[] {
  const notices: string[] = [];
  if (without.length > 0) {
    const shown = without.length > 8 ? `${without.slice(0, 8).join(', ')} and more` : without.join(', ');
    notices.push(
      `the film was made with --shots: evaluated are the ${frames.length} shots that are there, not ${shown}`,
    );
  }
  const own = [...new Set(shots.flatMap((s) => s.sentences))].filter((text) => cut.has(text));
  if (own.length > 0) {
    const what = own.length === 1 ? 'one sentence is' : `${own.length} sentences are`;
    notices.push(
      `${what} longer than ${clip?.identity.name} reads, and cut at its last position: "${own[0]}"`,
    );
  }
  return notices;
}
