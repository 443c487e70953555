const firstBytes = 1024;

/** The UTF-8 of one key at a time, in memory that is used again. Short ASCII, which keys are, is quicker in a loop. */
export class KeyBytes {
  #bytes = Buffer.allocUnsafeSlow(firstBytes);

  /** Valid until the next call. */
  of(key: string): Uint8Array {
    if (key.length * 3 > this.#bytes.length) this.#bytes = Buffer.allocUnsafeSlow(key.length * 3);
    const bytes = this.#bytes;
    const { length } = key;
    let at = 0;
    if (length <= 64) {
      for (; at < length; at++) {
        const unit = key.charCodeAt(at);
        if (unit > 0x7f) break;
        bytes[at] = unit;
      }
    }
    return bytes.subarray(0, at === length ? length : bytes.write(key, 0, 'utf8'));
  }
}
