import type { StoredBlob } from './stored-blob.ts';

/** What a decoded record weighs beside its bytes, roughly. */
const recordOverheadBytes = 250;

/** The newest blobs of one partition without a gap up to its end, so that who follows needs no disk. */
export class RecentBlobs {
  #blobs: StoredBlob[] = [];
  #head = 0;

  push(blob: StoredBlob): void {
    this.#blobs.push(blob);
  }

  shift(): void {
    this.#head++;
    if (this.#head < 64 || this.#head * 2 < this.#blobs.length) return;
    this.#blobs = this.#blobs.slice(this.#head);
    this.#head = 0;
  }

  /** The blobs that hold what is at and after the offset; undefined when the oldest of them is gone. */
  *from(offset: number): Generator<StoredBlob, void, undefined> {
    for (let at = this.#find(offset); at < this.#blobs.length; at++)
      yield this.#blobs[at] as StoredBlob;
  }

  has(offset: number): boolean {
    const oldest = this.#blobs[this.#head];
    return oldest !== undefined && oldest.baseOffset <= offset;
  }

  #find(offset: number): number {
    let low = this.#head;
    let high = this.#blobs.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#blobs[middle] as StoredBlob).nextOffset <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Bounds the recent blobs of all partitions together: the oldest commit goes first. */
export class RecentBlobsBound {
  readonly #maxBytes: number;
  #bytes = 0;
  #order: { readonly of: RecentBlobs; readonly costBytes: number }[] = [];
  #head = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  add(of: RecentBlobs, blob: StoredBlob): void {
    const records = blob.nextOffset - blob.baseOffset;
    const costBytes = blob.byteLength + records * recordOverheadBytes;
    of.push(blob);
    this.#order.push({ of, costBytes });
    this.#bytes += costBytes;
    while (this.#bytes > this.#maxBytes) this.#dropOldest();
    if (this.#head > 1024 && this.#head * 2 > this.#order.length) {
      this.#order = this.#order.slice(this.#head);
      this.#head = 0;
    }
  }

  #dropOldest(): void {
    const oldest = this.#order[this.#head++];
    if (!oldest) return;
    oldest.of.shift();
    this.#bytes -= oldest.costBytes;
  }
}
