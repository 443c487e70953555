import type { LogRecord } from '../event-log.ts';
import { decodeBlob } from './record-blob.ts';

/** A record batch as it rests; decoded once, however many read it. */
export class StoredBlob {
  readonly baseOffset: number;
  readonly nextOffset: number;
  /** The commit that brought it. */
  readonly commit: number;
  readonly bytes: Buffer;
  #records: readonly LogRecord[] | undefined;

  constructor(baseOffset: number, nextOffset: number, commit: number, bytes: Buffer) {
    this.baseOffset = baseOffset;
    this.nextOffset = nextOffset;
    this.commit = commit;
    this.bytes = bytes;
  }

  get byteLength(): number {
    return this.bytes.length;
  }

  get records(): readonly LogRecord[] {
    this.#records ??= decodeBlob(this.bytes, this.baseOffset);
    return this.#records;
  }

  /** Index of the first record at or after an offset. */
  indexFrom(offset: number): number {
    if (offset <= this.baseOffset) return 0;
    const { records } = this;
    let low = 0;
    let high = records.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((records[middle] as LogRecord).offset < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
