import { type OnnxWriter, onnxTypes, type StoredTensor } from './onnx.ts';
import type { Tensor } from './tensor.ts';

/** float32 tensors are there in full, and in half precision where something computes in that. */
export type Width = 'full' | 'half';

/** The ONNX names of a graph's tensors. Each is converted to another width, or read from its file, when it is needed. */
export class Values {
  private readonly onnx: OnnxWriter;
  private readonly names = { full: new Map<Tensor, string>(), half: new Map<Tensor, string>() };
  private readonly stored = new Map<Tensor, StoredTensor>();
  private readonly read = new Map<Tensor, string>();

  constructor(onnx: OnnxWriter) {
    this.onnx = onnx;
  }

  set(t: Tensor, name: string, width: Width = 'full'): void {
    this.names[width].set(t, name);
  }

  /** `t` lies in a file; it becomes part of the model when something reads it. */
  store(t: Tensor, place: StoredTensor): void {
    this.stored.set(t, place);
  }

  storedAt(t: Tensor): StoredTensor | undefined {
    return this.stored.get(t);
  }

  /** Whether `t` is there in half precision without a conversion. */
  isHalf(t: Tensor): boolean {
    return t.dtype === 'float32' && (this.names.half.has(t) || this.stored.get(t)?.dtype === 'float16');
  }

  /** The name of `t`; other types than float32 have one width only. */
  name(t: Tensor, width: Width = 'full'): string {
    const as = t.dtype === 'float32' ? width : 'full';
    const known = this.names[as].get(t);
    if (known !== undefined) return known;
    const name = this.make(t, as);
    this.names[as].set(t, name);
    return name;
  }

  private make(t: Tensor, width: Width): string {
    const wanted = t.dtype !== 'float32' ? t.dtype : width === 'half' ? 'float16' : 'float32';
    const place = this.stored.get(t);
    const cast = (name: string): string =>
      this.onnx.node('Cast', [name], { attributes: { to: onnxTypes[wanted] } })[0] as string;
    if (!place) return cast(this.names[width === 'half' ? 'full' : 'half'].get(t) as string);
    const name = this.read.get(t) ?? this.external(t, place);
    return place.dtype === wanted ? name : cast(name);
  }

  private external(t: Tensor, place: StoredTensor): string {
    const name = t.source.kind === 'parameter' ? t.source.name : this.onnx.fresh();
    this.onnx.external({ name, dtype: place.dtype, shape: place.shape }, place);
    this.read.set(t, name);
    return name;
  }
}
