/** Writes the protocol's primitive types into a buffer that grows. */
export class ByteWriter {
  #bytes: Buffer;
  #used = 0;

  constructor(initialBytes = 512) {
    this.#bytes = Buffer.allocUnsafeSlow(initialBytes);
  }

  /** A view of what is written; it is not to be written on after that. */
  done(): Buffer {
    return this.#bytes.subarray(0, this.#used);
  }

  int8(value: number): this {
    this.#used = this.#reserve(1).writeInt8(value, this.#used);
    return this;
  }

  int16(value: number): this {
    this.#used = this.#reserve(2).writeInt16BE(value, this.#used);
    return this;
  }

  int32(value: number): this {
    this.#used = this.#reserve(4).writeInt32BE(value, this.#used);
    return this;
  }

  int64(value: number | bigint): this {
    this.#used = this.#reserve(8).writeBigInt64BE(BigInt(value), this.#used);
    return this;
  }

  string(value: string | null): this {
    if (value === null) return this.int16(-1);
    const bytes = Buffer.byteLength(value);
    this.int16(bytes);
    this.#used += this.#reserve(bytes).write(value, this.#used);
    return this;
  }

  bytes(value: Uint8Array): this {
    this.#reserve(value.length).set(value, this.#used);
    this.#used += value.length;
    return this;
  }

  #reserve(more: number): Buffer {
    const needed = this.#used + more;
    if (needed > this.#bytes.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
      grown.set(this.#bytes.subarray(0, this.#used));
      this.#bytes = grown;
    }
    return this.#bytes;
  }
}
