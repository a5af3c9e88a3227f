const text = new TextEncoder();

/**
 * A writer for the protobuf wire format, as much of it as ONNX messages need. The npm packages for ONNX's
 * messages either hang on old protobuf runtimes or load megabytes of generated code; this is the whole format.
 */
export class ProtobufWriter {
  /** What is written, and room for more. */
  private buffer: Uint8Array = new Uint8Array(64);
  private length = 0;

  /** Makes room for `more` bytes: at least twice as much as there was, so that what is there is seldom copied. */
  private reserve(more: number): void {
    const needed = this.length + more;
    if (needed <= this.buffer.length) return;
    const grown = new Uint8Array(Math.max(needed, 2 * this.buffer.length));
    grown.set(this.buffer.subarray(0, this.length));
    this.buffer = grown;
  }

  private push(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.buffer.set(bytes, this.length);
    this.length += bytes.length;
  }

  private varint(value: number | bigint): void {
    this.reserve(10);
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) {
      let v = value;
      for (; v > 127; v = Math.floor(v / 128)) this.buffer[this.length++] = (v % 128) | 128;
      this.buffer[this.length++] = v;
      return;
    }
    let v = BigInt.asUintN(64, BigInt(value));
    for (; v > 127n; v >>= 7n) this.buffer[this.length++] = Number(v & 127n) | 128;
    this.buffer[this.length++] = Number(v);
  }

  /** An integer field (int32, int64, enum, bool). */
  int(field: number, value: number | bigint): this {
    this.varint(field * 8);
    this.varint(value);
    return this;
  }

  /** A 32-bit float field. */
  float(field: number, value: number): this {
    this.varint(field * 8 + 5);
    this.push(new Uint8Array(Float32Array.of(value).buffer));
    return this;
  }

  /** A length-delimited field: bytes, text or a message. */
  bytes(field: number, value: Uint8Array | string | ProtobufWriter): this {
    const bytes =
      typeof value === 'string'
        ? text.encode(value)
        : value instanceof ProtobufWriter
          ? value.buffer.subarray(0, value.length)
          : value;
    this.varint(field * 8 + 2);
    this.varint(bytes.length);
    this.push(bytes);
    return this;
  }

  /** The message, in memory of its own. */
  finish(): Uint8Array {
    return this.buffer.slice(0, this.length);
  }
}
