import type { IdentifierTokenizer } from './tokenizer.ts';

/** A piece of a frame's layout, in the form of the script room's `frameLayout`. */
export type LayoutSegment =
  | { readonly kind: 'identifier'; readonly text: string }
  | { readonly kind: 'face'; readonly character: string }
  | { readonly kind: 'sentence'; readonly text: string }
  | { readonly kind: 'visual'; readonly index: number };

/** A frame's layout with its encoded parts. Embeddings that are the same array are stored and projected once. */
export interface SequenceFrame {
  /** The order of the frame’s segments. */
  readonly layout: readonly LayoutSegment[];
  /** One embedding for each `sentence` segment, in layout order. */
  readonly sentences: readonly Float32Array[];
  /** One embedding for each `face` segment, in layout order. */
  readonly faces: readonly Float32Array[];
  /** The frame's visual tokens by index; those that are not known yet are left out. */
  readonly tokens: readonly Float32Array[];
  /** Whether training predicts the visual tokens; false for reference frames. Default true. */
  readonly predict?: boolean;
}

/** A frame without its face tokens, where `faceTokens` is off; else as it is. */
export function asRead<T extends Pick<SequenceFrame, 'layout'>>(
  frame: T,
  { faceTokens }: { readonly faceTokens: boolean },
): T {
  if (faceTokens) return frame;
  const layout = frame.layout.filter((segment) => segment.kind !== 'face');
  return { ...frame, layout, ...('faces' in frame ? { faces: [] } : {}) };
}

/** One input position. */
export type SequenceItem =
  | { readonly kind: 'identifier'; readonly id: number }
  | { readonly kind: 'sentence' | 'face' | 'visual'; readonly embedding: Float32Array };

/** A sequence with all positions laid out. */
export interface PackedSequence {
  /** What stands at each position. */
  readonly items: readonly SequenceItem[];
  /** Each predicted token with the position that predicts it, the one before its own (paper, equation 6). */
  readonly targets: readonly { readonly position: number; readonly embedding: Float32Array }[];
  /** Position at which each frame begins. */
  readonly frames: readonly number[];
  /** Whether the last frame still lacks tokens: the last item's position then predicts the next one. */
  readonly open: boolean;
}

/**
 * Lays frames out as one sequence: for each its script, its visual tokens, its end (paper 3.4, appendix A). Reference
 * frames come first. Only the last frame may lack visual tokens: the sequence then ends right before the first missing
 * one, so that during generation each sequence continues the one before it, item by item.
 * @throws RangeError where a frame's embeddings do not fit its layout
 */
export function packSequence(
  frames: readonly SequenceFrame[],
  tokenizer: IdentifierTokenizer,
): PackedSequence {
  const items: SequenceItem[] = tokenizer.start.map((id) => ({ kind: 'identifier', id }));
  const targets: { position: number; embedding: Float32Array }[] = [];
  const starts: number[] = [];
  let open = false;
  frames.forEach((frame, number) => {
    if (open)
      throw new RangeError(
        `packSequence: frame ${number - 1} lacks visual tokens, but frame ${number} follows`,
      );
    checkCounts(frame, number);
    starts.push(items.length);
    let [sentence, face] = [0, 0];
    for (const segment of frame.layout) {
      if (segment.kind === 'identifier') {
        for (const id of tokenizer.encode(segment.text)) items.push({ kind: 'identifier', id });
      } else if (segment.kind === 'sentence') {
        items.push({ kind: 'sentence', embedding: frame.sentences[sentence++] as Float32Array });
      } else if (segment.kind === 'face') {
        items.push({ kind: 'face', embedding: frame.faces[face++] as Float32Array });
      } else {
        const embedding = frame.tokens[segment.index];
        if (!embedding) {
          open = true;
          break;
        }
        if (frame.predict !== false)
          targets.push({ position: checkPosition(items.length - 1, number), embedding });
        items.push({ kind: 'visual', embedding });
      }
    }
  });
  return { items, targets, frames: starts, open };
}

function checkCounts(frame: SequenceFrame, number: number): void {
  for (const kind of ['sentence', 'face'] as const) {
    const wanted = frame.layout.filter((s) => s.kind === kind).length;
    const got = frame[`${kind}s`].length;
    if (wanted !== got) {
      throw new RangeError(
        `packSequence: the layout of frame ${number} has ${wanted} ${kind} segments, got ${got} embeddings`,
      );
    }
  }
}

function checkPosition(position: number, frame: number): number {
  if (position >= 0) return position;
  throw new RangeError(`packSequence: frame ${frame} begins with a visual token, which nothing can predict`);
}
