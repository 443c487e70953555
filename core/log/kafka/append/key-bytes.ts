import { writeKey } from '../../write-key.ts';

const firstBytes = 1024;

/** The UTF-8 of one key at a time, in memory that is used again. */
export class KeyBytes {
  #bytes = Buffer.allocUnsafeSlow(firstBytes);

  /** Valid until the next call. */
  of(key: string): Uint8Array {
    if (key.length * 3 > this.#bytes.length) this.#bytes = Buffer.allocUnsafeSlow(key.length * 3);
    return this.#bytes.subarray(0, writeKey(this.#bytes, key, 0));
  }
}
