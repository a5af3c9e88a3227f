import { ModelLoader, showsFace } from '../inference/index.ts';
import { imageAt } from '../media/index.ts';
import type { ModelName, Preset } from '../presets/index.ts';
import type { WorkerHost } from '../runtime/index.ts';
import {
  type CheckedShot,
  type Finding,
  frameSentences,
  type Labels,
  nearestSentences,
  type Script,
  type Shot,
  type Vocabulary,
  VocabularyCheck,
} from '../script/index.ts';
import { readVocabulary } from './vocabulary.ts';

/** A sentence that the text tower reads the beginning of. */
export interface CutFinding {
  readonly type: 'cut';
  readonly sentence: string;
  readonly tokens: number;
  readonly positions: number;
  /** The last words that are read. */
  readonly lastRead: string;
}

/** A portrait in which the preset's detector finds no face. */
export interface FacelessFinding {
  readonly type: 'no-face';
  readonly path: string;
}

export type ScriptFinding = Finding | CutFinding | FacelessFinding;

/** The events of a script's check, in this order; `shot` is counted from 1. */
export type CheckEvent =
  /** What could not be looked at, and why. */
  | { readonly type: 'skipped'; readonly what: string; readonly why: string }
  | {
      readonly type: 'person';
      readonly id: string;
      readonly recognised: Labels;
      readonly findings: readonly ScriptFinding[];
    }
  | {
      readonly type: 'shot';
      readonly shot: number;
      readonly recognised: Labels;
      readonly people: CheckedShot['people'];
      readonly findings: readonly ScriptFinding[];
    }
  | {
      readonly type: 'summary';
      readonly shots: number;
      readonly people: number;
      readonly findings: number;
      /** Whether the preset says what its models have met, so that words were checked. */
      readonly words: boolean;
    };

/**
 * Says of a script, person by person and shot by shot, what was recognised and what the preset's models have never met or
 * cannot show. Two models are run where
 * the preset has them: the face detector, and for sentences with words that were never met the text tower.
 * @throws ConfigError where the preset's vocabulary.json is damaged
 */
export async function* checkScript(
  script: Script,
  preset: Preset,
  host: WorkerHost,
): AsyncGenerator<CheckEvent, void, void> {
  const vocabulary = await readVocabulary(preset);
  const check = vocabulary && new VocabularyCheck(vocabulary);
  if (!check)
    yield {
      type: 'skipped',
      what: 'words',
      why: `preset '${preset.name}' has no vocabulary.json that says what its models have met`,
    };
  const models = new ModelLoader(preset, host);
  const faces = await facesOf(script, models);
  if (faces.why !== undefined) yield { type: 'skipped', what: 'portraits', why: faces.why };
  let count = 0;
  for (const { id, face, description } of script.characters) {
    const { labels, findings } = check?.person(description) ?? { labels: {}, findings: [] };
    const all = [...findings, ...(faces.without.has(face) ? [{ type: 'no-face', path: face } as const] : [])];
    count += all.length;
    yield { type: 'person', id, recognised: labels, findings: all };
  }
  const cut = await cutFindings(script, models);
  if (cut.why !== undefined) yield { type: 'skipped', what: 'lengths of sentences', why: cut.why };
  const nothing = ({ characters }: Shot): CheckedShot => ({
    scene: {},
    people: characters.map(({ id }) => ({ id, labels: {} })),
    findings: [],
  });
  const checked = script.shots.map((shot) => check?.shot(script, shot) ?? nothing(shot));
  const nearest =
    vocabulary &&
    (await nearestOf(
      checked.flatMap(({ findings }) => findings),
      vocabulary,
      script,
      models,
    ));
  for (const [i, { scene, people, findings }] of checked.entries()) {
    const sentences = frameSentences(script.shots[i] as Shot, script);
    const all = [
      ...findings.map((finding) => withNearest(finding, nearest)),
      ...sentences.flatMap((text) => cut.of.get(text) ?? []),
    ];
    count += all.length;
    yield { type: 'shot', shot: i + 1, recognised: scene, people, findings: all };
  }
  yield {
    type: 'summary',
    shots: script.shots.length,
    people: script.characters.length,
    findings: count,
    words: check !== undefined,
  };
}

async function cutFindings(
  script: Script,
  models: ModelLoader,
): Promise<{ of: ReadonlyMap<string, CutFinding>; why?: string }> {
  try {
    const cut = await models.cutSentences(script.shots.flatMap((shot) => frameSentences(shot, script)));
    return { of: new Map(cut.map((one) => [one.sentence, { type: 'cut', ...one }])) };
  } catch (error) {
    if (!(await isMissing(models.preset, 'clip'))) throw error;
    return {
      of: new Map(),
      why: `preset '${models.preset.name}': the weights of its text tower are not there`,
    };
  }
}

/**
 * For elements and plots with unmet words the nearest text of the training data, which is what the models take them for. The
 * cosine does not separate texts of the training from others (docs/scripts.md): the words do.
 */
async function nearestOf(
  findings: readonly Finding[],
  { sentences, names }: Vocabulary,
  script: Script,
  models: ModelLoader,
): Promise<ReadonlyMap<string, string>> {
  const of = (wanted: 'element' | 'plot'): string[] => [
    ...new Set(findings.flatMap((f) => (f.type === 'unmet' && f.where === wanted ? f.sentence : []))),
  ];
  const [elements, plots] = [of('element'), of('plot')];
  if (elements.length + plots.length === 0 || (await isMissing(models.preset, await models.textPart())))
    return new Map();
  const encoder = await models.sentenceEncoder();
  const people = script.characters.map(({ id }) => id);
  const pairs = async (texts: readonly string[], known: readonly string[]): Promise<[string, string][]> =>
    (await nearestSentences(texts, known, names, (all) => encoder.encode(all), people)).map(
      ({ sentence }, i) => [texts[i] as string, sentence],
    );
  try {
    return new Map([
      ...(await pairs(elements, sentences.elements)),
      ...(await pairs(plots, sentences.plots)),
    ]);
  } finally {
    await encoder.release();
  }
}

function withNearest(finding: Finding, nearest: ReadonlyMap<string, string> | undefined): Finding {
  const sentence = finding.type === 'unmet' ? nearest?.get(finding.sentence) : undefined;
  return finding.type === 'unmet' && sentence !== undefined ? { ...finding, nearest: sentence } : finding;
}

/** Whether a model's weights are not there; where they are, a failure is one to be told of. */
async function isMissing(preset: Preset, name: ModelName): Promise<boolean> {
  return preset.requireWeights([name]).then(
    () => false,
    () => true,
  );
}

/** Portraits without a face. */
async function facesOf(
  script: Script,
  models: ModelLoader,
): Promise<{ without: ReadonlySet<string>; why?: string }> {
  const detector = await models.faceDetector();
  if (!detector) return { without: new Set(), why: `preset '${models.preset.name}' has no face detector` };
  const without = new Set<string>();
  try {
    for (const face of new Set(script.characters.map((character) => character.face)))
      if (!(await showsFace(detector, await imageAt(face, script.inMemory)))) without.add(face);
  } finally {
    await detector.release();
  }
  return { without };
}
