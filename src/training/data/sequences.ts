import type { SequenceFrame } from '../../models/autoregressor/index.ts';
import type { Random } from '../../random/index.ts';
import { frameLayout, type ParsedScript, referenceLayout, type Segment } from '../../script/index.ts';
import type { EncodedEpisode } from './scriptFeatures.ts';

/** The anti-overfitting augmentations of paper 3.4; a probability of 0 switches one off. */
export interface SequenceAugmentation {
  /** Mirrored pictures. */
  readonly flip: number;
  /** Reversed order of the shots. */
  readonly reverse: number;
  /** Reference frames of the episode in front of the script. */
  readonly fewShot: number;
  /** Most reference frames. */
  readonly references: number;
  /** Face embeddings from any picture of the person rather than from the portrait. */
  readonly randomFaces: boolean;
}

/** What a sequence is made of. */
export interface SequenceSource {
  readonly encoded: EncodedEpisode;
  /** The compressed tokens of a shot's frame, or of its mirror image. */
  tokens(shot: number, mirrored: boolean): readonly Float32Array[];
  sentence(text: string): Float32Array;
}

/** Shots `first` .. `first + count` of an episode as the frames of one training sequence. */
export function drawSequence(
  source: SequenceSource,
  first: number,
  count: number,
  augmentation: SequenceAugmentation,
  random: Random,
): SequenceFrame[] {
  const { script } = source.encoded;
  const mirrored = random.chance(augmentation.flip);
  const reversed = random.chance(augmentation.reverse);
  const shots = Array.from({ length: count }, (_, i) => first + i);
  if (reversed) shots.reverse();
  const references: SequenceFrame[] = [];
  if (random.chance(augmentation.fewShot)) {
    const all = random.shuffle(script.shots.map((_, i) => i));
    for (const shot of all.slice(0, 1 + random.int(augmentation.references))) {
      const tokens = source.tokens(shot, mirrored);
      references.push({
        layout: referenceLayout(tokens.length),
        sentences: [],
        faces: [],
        tokens,
        predict: false,
      });
    }
  }
  return [...references, ...shots.map((shot) => frameOf(source, shot, mirrored, augmentation, random))];
}

/** One shot with its embeddings. */
export function frameOf(
  source: SequenceSource,
  shot: number,
  mirrored: boolean,
  { randomFaces }: Pick<SequenceAugmentation, 'randomFaces'>,
  random: Random,
): SequenceFrame {
  const tokens = source.tokens(shot, mirrored);
  const layout = shotLayout(source.encoded.script, shot, mirrored, tokens.length);
  const sentences: Float32Array[] = [];
  const faces: Float32Array[] = [];
  for (const segment of layout) {
    if (segment.kind === 'sentence') sentences.push(source.sentence(segment.text));
    if (segment.kind !== 'face') continue;
    const known = source.encoded.faces.get(segment.character) as readonly Float32Array[];
    faces.push(randomFaces ? random.pick(known) : (known[0] as Float32Array));
  }
  return { layout, sentences, faces, tokens };
}

/** People stand in the picture in the script's order, so a mirrored picture belongs to the reversed list. */
function shotLayout(script: ParsedScript, index: number, mirrored: boolean, tokens: number): Segment[] {
  const shot = script.shots[index] as ParsedScript['shots'][number];
  return frameLayout(mirrored ? { ...shot, characters: shot.characters.toReversed() } : shot, script, tokens);
}
