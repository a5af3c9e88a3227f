import { Tokenizer } from '@huggingface/tokenizers';
import { configError } from '../base/index.ts';
import { i64, type TensorData } from '../graph/index.ts';

/** CLIP's tokenizer, read from a Hugging Face `tokenizer.json` that puts start and end tokens around a text. */
export class ClipTokenizer {
  private readonly tokenizer: Tokenizer;
  private readonly start: number;
  /** The id of the end token. */
  readonly end: number;

  /** @param json contents of `tokenizer.json`. */
  constructor(json: object) {
    let empty: readonly number[];
    try {
      this.tokenizer = new Tokenizer(json, {});
      empty = this.tokenizer.encode('').ids;
    } catch (error) {
      throw configError(json, `is no tokenizer that can be read (${(error as Error).message})`, error);
    }
    if (empty.length !== 2) {
      throw configError(
        json,
        `ClipTokenizer: tokenizer.json must put one start and one end token around a text, got ids [${empty}] for ''`,
      );
    }
    [this.start, this.end] = empty as [number, number];
  }

  /**
   * The ids of a text between its start and end tokens. What is longer than `length` is cut and still ends with the
   * end token, at which CLIP reads the embedding; `tokens` is the length before.
   */
  encode(text: string, length: number): { ids: number[]; tokens: number } {
    const inner = this.tokenizer.encode(text, { add_special_tokens: false }).ids;
    return { ids: [this.start, ...inner.slice(0, length - 2), this.end], tokens: inner.length + 2 };
  }

  /** Rows of ids as int64 [n, length], filled up with the end token: what follows the first one is never read. */
  pad(rows: readonly (readonly number[])[], length: number): TensorData {
    const out = new Int32Array(rows.length * length).fill(this.end);
    rows.forEach((ids, i) => {
      if (ids.length > length)
        throw new RangeError(`ClipTokenizer.pad: ${ids.length} ids do not fit into ${length}`);
      out.set(ids, i * length);
    });
    return i64(out, [rows.length, length]);
  }
}
