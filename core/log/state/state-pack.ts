import { writeKey } from '../write-key.ts';

/**
 * State on its way between threads, little-endian. Keys: length (4), UTF-8. Values: length (4; all ones: no entry),
 * bytes. Puts: space (4), key length (4), value length (4; all ones: delete), expiry in ms (8, NaN: never), key, value.
 */
const none = 0xffffffff;
const putHeaderBytes = 20;

/** A buffer that grows and is used again. */
export class PackBuffer {
  #bytes = Buffer.allocUnsafeSlow(16 * 1024);
  #used = 0;

  get used(): number {
    return this.#used;
  }

  /** Bytes of their own, and empties the buffer. */
  take(): Uint8Array {
    const taken = new Uint8Array(this.#used);
    taken.set(this.#bytes.subarray(0, this.#used));
    this.#used = 0;
    return taken;
  }

  clear(): void {
    this.#used = 0;
  }

  addKey(key: string): void {
    const bytes = this.#reserve(4 + key.length * 3);
    const end = writeKey(bytes, key, this.#used + 4);
    bytes.writeUInt32LE(end - this.#used - 4, this.#used);
    this.#used = end;
  }

  addValue(value: Uint8Array | undefined): void {
    const bytes = this.#reserve(4 + (value?.length ?? 0));
    bytes.writeUInt32LE(value?.length ?? none, this.#used);
    this.#used += 4;
    if (value === undefined) return;
    bytes.set(value, this.#used);
    this.#used += value.length;
  }

  addPut(
    space: number,
    key: string,
    value: Uint8Array | undefined,
    expiresAtMs: number | undefined,
  ): void {
    const bytes = this.#reserve(putHeaderBytes + key.length * 3 + (value?.length ?? 0));
    const start = this.#used;
    const keyStart = start + putHeaderBytes;
    const keyEnd = writeKey(bytes, key, keyStart);
    bytes.writeUInt32LE(space, start);
    bytes.writeUInt32LE(keyEnd - keyStart, start + 4);
    bytes.writeUInt32LE(value?.length ?? none, start + 8);
    bytes.writeDoubleLE(expiresAtMs ?? Number.NaN, start + 12);
    if (value !== undefined) bytes.set(value, keyEnd);
    this.#used = keyEnd + (value?.length ?? 0);
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

/** Calls back with each key's bytes. */
export function eachKey(packed: Uint8Array, take: (key: Uint8Array) => void): void {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  let position = 0;
  while (position < packed.length) {
    const end = position + 4 + view.getUint32(position, true);
    take(packed.subarray(position + 4, end));
    position = end;
  }
}

/** Calls back with each value in the order of the keys; the buffers are its own copies. */
export function eachValue(packed: Uint8Array, take: (value: Buffer | undefined) => void): void {
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
  let position = 0;
  while (position < bytes.length) {
    const length = bytes.readUInt32LE(position);
    position += 4;
    if (length === none) {
      take(undefined);
      continue;
    }
    take(Buffer.from(bytes.subarray(position, position + length)));
    position += length;
  }
}

export function eachPut(
  packed: Uint8Array,
  take: (
    space: number,
    key: Uint8Array,
    value: Uint8Array | undefined,
    expiresAtMs: number | null,
  ) => void,
): void {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  let position = 0;
  while (position < packed.length) {
    const keyStart = position + putHeaderBytes;
    const keyEnd = keyStart + view.getUint32(position + 4, true);
    const valueBytes = view.getUint32(position + 8, true);
    const expiresAtMs = view.getFloat64(position + 12, true);
    const end = valueBytes === none ? keyEnd : keyEnd + valueBytes;
    take(
      view.getUint32(position, true),
      packed.subarray(keyStart, keyEnd),
      valueBytes === none ? undefined : packed.subarray(keyEnd, end),
      Number.isNaN(expiresAtMs) ? null : expiresAtMs,
    );
    position = end;
  }
}
