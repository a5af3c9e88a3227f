import {
  type Appearance,
  appearancesOf,
  type CharacterFrame,
  copyPaste,
  countMatching,
  crossSimilarity,
  type Identity,
  identify,
  longTermConsistency,
  type MatchedFace,
  matchFaces,
  mean,
  selfSimilarity,
  subjectConsistency,
} from '../metrics/index.ts';
import { countOf, type Definition } from './metric.ts';
import type { Observations, ObservedPicture, ObservedShot } from './observe.ts';

/** Thresholds of the sweep: 0, 0.05 ... 0.95. */
const sweepThresholds: readonly number[] = Array.from({ length: 20 }, (_, i) => i / 20);

/** LT as it is, its precision or their F1: all three at one threshold. */
function longTerm(key: string, name: string, part: 'recall' | 'precision' | 'f1'): Definition {
  return {
    key,
    name,
    source: part === 'recall' ? 'paper 4.3 and appendix B' : 'beside LT, which is a recall',
    range: '0 .. 1',
    better: 'higher',
    needs: ['detector', 'face'],
    measure: (observations, { faceThreshold }) => {
      const appearances = appearancesIn(observations);
      const truly = appearances.filter((a) => a.isThere).length;
      if (truly === 0) return 'the script has no character in any of the shots';
      return {
        value: longTermConsistency(appearances, faceThreshold)[part],
        from: `${countOf(truly, 'appearance')}, cosine from ${faceThreshold}`,
        ...(part === 'recall'
          ? { sweep: sweepThresholds.map((t) => longTermConsistency(appearances, t)) }
          : {}),
      };
    },
  };
}

const vistory = 'ViStoryBench';
const faces: Definition['needs'] = ['detector', 'face'];

/** Cross CIDS: `crossSimilarity` of the faces found with the portraits. ViStoryBench; -1 .. 1, higher is better. */
const crossCids: Definition = {
  key: 'cids-cross',
  name: 'CIDS cross',
  source: vistory,
  range: '-1 .. 1',
  better: 'higher',
  needs: faces,
  measure: (observations) => {
    const matches = matchesIn(observations);
    return counted(crossSimilarity(matches), countOf(matches.length, 'face'), noMatch);
  },
};

/** Self CIDS: `selfSimilarity` of each character's faces. ViStoryBench; -1 .. 1, higher is steadier. */
const selfCids: Definition = {
  key: 'cids-self',
  name: 'CIDS self',
  source: vistory,
  range: '-1 .. 1',
  better: 'higher',
  needs: faces,
  measure: (observations) => {
    const matches = matchesIn(observations);
    return counted(
      selfSimilarity(matches),
      countOf(matches.length, 'face'),
      'nobody was found in two frames',
    );
  },
};

/** OCCM: `countMatching` of the faces found with the people of the script. ViStoryBench; 0 .. 100, higher is better. */
const occm: Definition = {
  key: 'occm',
  name: 'OCCM',
  source: vistory,
  range: '0 .. 100',
  better: 'higher',
  needs: ['detector'],
  measure: ({ shots }) => {
    const frames = shots.map((shot) => ({
      faces: (shot.seen.faces ?? []).map((f) => f.embedding ?? new Float32Array(0)),
      characters: shot.characters,
    }));
    return counted(countMatching(frames), countOf(shots.length, 'frame'), 'there are no frames');
  },
};

/**
 * Copy-paste: `copyPaste` with the portrait as the picture that was given, and as another one of the same character its
 * face in the first true frame in which it is found. ViStoryBench; 0 .. 1, lower is better: 0.5 says that nothing was
 * copied from the portrait.
 */
const copyPasteMetric: Definition = {
  key: 'copy-paste',
  name: 'Copy-paste',
  source: vistory,
  range: '0 .. 1',
  better: 'lower',
  needs: ['detector', 'face', 'truth'],
  measure: (observations) => {
    const { portraits = new Map() } = observations;
    const matches = matchesIn(observations);
    const others = firstTrueFaces(observations);
    const compared = matches.filter((m) => others.has(m.character)).length;
    const none = 'no character was found both in a frame and in a true one';
    return counted(copyPaste(matches, portraits, others), countOf(compared, 'face'), none);
  },
};

/**
 * Subject consistency: `subjectConsistency` of each character's faces in the order of the shots, as the face encoder
 * sees them, and the mean over the characters that were found twice. VBench takes DINO features of whole frames of one
 * clip; a film changes its scenes, and the subject is who must stay. 0 .. 1, higher is steadier.
 */
const subject: Definition = {
  key: 'subject-consistency',
  name: 'Subject consistency',
  range: '0 .. 1',
  better: 'higher',
  source: "VBench, of each character's faces",
  needs: faces,
  measure: (observations) => {
    const matches = matchesIn(observations);
    const each = [...new Set(matches.map((m) => m.character))].flatMap((character) => {
      const own = matches.filter((m) => m.character === character).map((m) => m.embedding);
      return subjectConsistency(own) ?? [];
    });
    return counted(mean(each), countOf(each.length, 'character'), 'nobody was found in two frames');
  },
};

/**
 * Metrics of people. LT (paper 4.3, appendix B; 0 .. 1, higher is better): whether a character is in a true frame is
 * what the script says; in a generated one it is there where `identify` gives it a face of at least the threshold's
 * cosine.
 */
export const faceMetrics: readonly Definition[] = [
  longTerm('lt', 'LT', 'recall'),
  longTerm('lt-precision', 'LT precision', 'precision'),
  longTerm('lt-f1', 'LT F1', 'f1'),
  crossCids,
  selfCids,
  occm,
  copyPasteMetric,
  subject,
];

/** Who the faces of a shot's picture are; undefined without a detector, a face encoder or portraits. */
export function identitiesOf(
  { seen }: ObservedShot,
  portraits: Observations['portraits'],
): Identity[] | undefined {
  if (!portraits || !seen.faces) return undefined;
  return identify(
    seen.faces.flatMap(({ embedding, score }) => (embedding ? [{ embedding, score }] : [])),
    portraits,
  );
}

const noMatch = 'no face was found in a shot with characters';

function counted(
  value: number | undefined,
  from: string,
  otherwise: string,
): ReturnType<Definition['measure']> {
  return value === undefined ? otherwise : { value, from };
}

function appearancesIn({ shots, portraits }: Observations): Appearance[] {
  return shots.flatMap((shot) =>
    appearancesOf(identitiesOf(shot, portraits) ?? [], shot.characters, portraits?.keys() ?? []),
  );
}

/** The faces of all shots, given to the characters that the script has there. */
function matchesIn({ shots, portraits }: Observations): MatchedFace[] {
  const frames = shots.map(({ seen, characters }) => characterFrame(seen, characters));
  return matchFaces(frames, portraits ?? new Map());
}

function firstTrueFaces({ shots, portraits }: Observations): Map<string, Float32Array> {
  const frames = shots.map(({ seenTruth, characters }) => characterFrame(seenTruth, characters));
  const first = new Map<string, Float32Array>();
  for (const { character, embedding } of matchFaces(frames, portraits ?? new Map()))
    if (!first.has(character)) first.set(character, embedding);
  return first;
}

function characterFrame(picture: ObservedPicture | undefined, characters: readonly string[]): CharacterFrame {
  return { faces: (picture?.faces ?? []).flatMap((f) => f.embedding ?? []), characters };
}
