import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SafetensorsFile } from '../src/checkpoints/safetensors.ts';
import {
  cosineMatrix,
  type FeatureStatistics,
  featureStatistics,
  frechetDistance,
  inceptionScore,
} from '../src/metrics/index.ts';
import { type Numbers, type ParityRow, parityRow } from './compare.ts';

const threshold = 1e-6;

interface Expected {
  readonly fid: number;
  readonly fid_same_set: number;
  readonly mean_term: number;
  readonly trace_sqrt: number;
  readonly splits: number;
  readonly inception_score_mean: number;
  readonly inception_score_std: number;
  readonly inception_split_scores: readonly number[];
  readonly cosine_diag: readonly number[];
  readonly cosine_mean_diag: number;
}

/** Compares FID, Inception score and cosine similarities with the `metrics` fixture in `dir`. */
export async function run(dir: string): Promise<ParityRow[]> {
  const expected = JSON.parse(await readFile(join(dir, 'expected.json'), 'utf8')) as Expected;
  const file = await SafetensorsFile.open(join(dir, 'io.safetensors'));
  try {
    return await compareAll(file, expected);
  } finally {
    await file.close();
  }
}

async function compareAll(file: SafetensorsFile, expected: Expected): Promise<ParityRow[]> {
  const read = async (name: string) => (await file.readFloat32(name)).data;
  const width = (name: string) => file.info(name).shape[1]!;
  const row = (name: string, actual: Numbers, want: Numbers) => parityRow(name, actual, want, threshold);

  const a = featureStatistics(await read('in.features_a'), width('in.features_a'));
  const b = featureStatistics(await read('in.features_b'), width('in.features_b'));
  const { distance, meanTerm, traceSqrt } = frechetDistance(a, b);
  const rows = [
    row('out.mean_a', a.mean, await read('out.mean_a')),
    row('out.mean_b', b.mean, await read('out.mean_b')),
    row('out.cov_a', a.covariance, await read('out.cov_a')),
    row('out.cov_b', b.covariance, await read('out.cov_b')),
    row('fid', [distance], [expected.fid]),
    row('mean_term', [meanTerm], [expected.mean_term]),
    row('trace_sqrt', [traceSqrt], [expected.trace_sqrt]),
    sameSetRow(a, expected.fid_same_set),
  ];

  const score = inceptionScore(await read('in.logits'), width('in.logits'), expected.splits);
  rows.push(
    row('inception_score_mean', [score.mean], [expected.inception_score_mean]),
    row('inception_score_std', [score.deviation], [expected.inception_score_std]),
    row('inception_split_scores', score.splits, expected.inception_split_scores),
  );

  const n = width('in.embeds_a');
  const cosines = cosineMatrix(await read('in.embeds_a'), await read('in.embeds_b'), n);
  const diagonal = expected.cosine_diag.map((_, i) => cosines[i * (expected.cosine_diag.length + 1)]!);
  const mean = diagonal.reduce((x, y) => x + y, 0) / diagonal.length;
  rows.push(
    row('out.cosine_matrix', cosines, await read('out.cosine_matrix')),
    row('cosine_diag', diagonal, expected.cosine_diag),
    row('cosine_mean_diag', [mean], [expected.cosine_mean_diag]),
  );
  return rows;
}

/** The distance of a set to itself is 0, so its error is taken relative to what cancels there: 2 tr(S). */
function sameSetRow(a: FeatureStatistics, expected: number): ParityRow {
  const { distance, traceSqrt } = frechetDistance(a, a);
  const error = Math.abs(distance - expected) / (2 * traceSqrt);
  return { name: 'fid_same_set (relative to the traces)', relL2: error, maxRel: error, threshold };
}
