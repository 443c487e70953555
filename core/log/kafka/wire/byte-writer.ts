/** Writes the protocol's primitive types into a buffer that grows. */
export class ByteWriter {
  #bytes: Buffer;
  #used = 0;

  constructor(initialBytes = 512) {
    this.#bytes = Buffer.allocUnsafeSlow(initialBytes);
  }

  get used(): number {
    return this.#used;
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

  uint32At(position: number, value: number): void {
    this.#bytes.writeUInt32BE(value, position);
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

  /** Zigzag, as Protocol Buffers has it; whole numbers to 2^53 either way. */
  varint(value: number): this {
    const bytes = this.#reserve(10);
    let rest = value < 0 ? -value * 2 - 1 : value * 2;
    while (rest > 0x7f) {
      bytes[this.#used++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    bytes[this.#used++] = rest;
    return this;
  }

  /** Text of a length in bytes that is known. */
  text(value: string, byteLength: number): this {
    this.#used += this.#reserve(byteLength).write(value, this.#used, byteLength, 'utf8');
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

export function varintBytes(value: number): number {
  let rest = value < 0 ? -value * 2 - 1 : value * 2;
  let bytes = 1;
  while (rest > 0x7f) {
    bytes++;
    rest = Math.floor(rest / 128);
  }
  return bytes;
}
