const slabBytes = 4096;
const pubackBytes = 4;

/**
 * Gathers the acknowledgements that are told in one go, since one write for all of them costs hardly more than one
 * for each: a batch of the log releases hundreds.
 */
export class PubackRun {
  readonly #write: (bytes: Buffer) => void;
  #slab: Buffer = Buffer.allocUnsafe(slabBytes);
  #written = 0;
  #used = 0;
  #scheduled = false;

  /** What is handed to `write` is never changed afterwards. */
  constructor(write: (bytes: Buffer) => void) {
    this.#write = write;
  }

  /** A PUBACK (first byte 0x40) or PUBREC (0x50), success: 2.2.3 of MQTT 3.1.1, and 3.4.2.1 of MQTT 5, alike. */
  add(firstByte: 0x40 | 0x50, messageId: number): void {
    if (this.#used + pubackBytes > slabBytes) this.#renew();
    const slab = this.#slab;
    slab[this.#used++] = firstByte;
    slab[this.#used++] = 2;
    slab[this.#used++] = messageId >> 8;
    slab[this.#used++] = messageId & 0xff;
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => this.flush());
  }

  /** Writes what is gathered at once. */
  flush(): void {
    this.#scheduled = false;
    if (this.#used === this.#written) return;
    const bytes = this.#slab.subarray(this.#written, this.#used);
    this.#written = this.#used;
    this.#write(bytes);
  }

  #renew(): void {
    this.flush();
    this.#slab = Buffer.allocUnsafe(slabBytes);
    this.#used = this.#written = 0;
  }
}
