import type { NewRecord } from '../event-log.ts';
import { partitionOf } from '../murmur2.ts';
import { writeKey } from '../write-key.ts';
import type { Partition, Topic } from './catalog.ts';
import { type NewBlobs, newBlobFields } from './protocol.ts';
import { finishRecord, maxEncodedBytes, recordHeaderBytes } from './record-blob.ts';
import { StoredBlob } from './stored-blob.ts';

/** A blob that has this many bytes takes no further record: readers take whole blobs. */
const fullBlobBytes = 256 * 1024;
/** Buffers kept for use again at most. */
const maxSpares = 64;
const spares: Buffer[] = [];

class OpenBlob {
  readonly partition: Partition;
  bytes: Buffer = spares.pop() ?? Buffer.allocUnsafeSlow(16 * 1024);
  used = 0;
  count = 0;
  newestMs = Number.NEGATIVE_INFINITY;

  constructor(partition: Partition) {
    this.partition = partition;
  }

  reserve(more: number): Buffer {
    if (this.used + more > this.bytes.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(this.used + more, this.bytes.length * 2));
      grown.set(this.bytes.subarray(0, this.used));
      this.bytes = grown;
    }
    return this.bytes;
  }
}

export interface BuiltBlobs {
  readonly packed: NewBlobs;
  readonly blobs: readonly { readonly partition: Partition; readonly blob: StoredBlob }[];
}

/** Gathers records of one write into one blob (or few) a partition. */
export class BlobBuilder {
  readonly #open = new Map<Partition, OpenBlob>();
  readonly #all: OpenBlob[] = [];
  #scratch = Buffer.allocUnsafeSlow(1024);
  usedBytes = 0;

  add(record: NewRecord, topic: Topic): void {
    const { partitions } = topic;
    const first = partitions[0] as Partition;
    if (partitions.length === 1) {
      const blob = this.#blob(first);
      const bytes = blob.reserve(maxEncodedBytes(record));
      this.#finish(blob, record, writeKey(bytes, record.key, blob.used + recordHeaderBytes));
      return;
    }
    // The partition follows from the key's bytes, so they are made before its blob is known.
    if (this.#scratch.length < record.key.length * 3)
      this.#scratch = Buffer.allocUnsafeSlow(record.key.length * 3);
    const keyBytes = writeKey(this.#scratch, record.key, 0);
    const partition = partitionOf(this.#scratch, 0, keyBytes, partitions.length);
    const blob = this.#blob(partitions[partition] as Partition);
    const bytes = blob.reserve(maxEncodedBytes(record));
    const keyStart = blob.used + recordHeaderBytes;
    for (let at = 0; at < keyBytes; at++) bytes[keyStart + at] = this.#scratch[at] as number;
    this.#finish(blob, record, keyStart + keyBytes);
  }

  /** Gives the records their offsets, as the next of each partition, and empties the builder. */
  build(commit: number): BuiltBlobs {
    const all = this.#all.splice(0);
    const index = new Float64Array(all.length * newBlobFields);
    const bytes = new Uint8Array(this.usedBytes);
    let start = 0;
    const blobs = all.map((open, at) => {
      const { partition, used, count, newestMs } = open;
      const base = partition.assignedOffset;
      const next = base + count;
      partition.assignedOffset = next;
      bytes.set(open.bytes.subarray(0, used), start);
      index.set([partition.id, base, next, newestMs, start, used], at * newBlobFields);
      const stored = Buffer.from(bytes.buffer, start, used);
      start += used;
      return { partition, blob: new StoredBlob(base, next, commit, stored) };
    });
    this.#recycle(all);
    return { packed: { index, bytes }, blobs };
  }

  clear(): void {
    this.#recycle(this.#all.splice(0));
  }

  #recycle(all: readonly OpenBlob[]): void {
    for (const { bytes } of all)
      if (spares.length < maxSpares && bytes.length <= 2 * fullBlobBytes) spares.push(bytes);
    this.#open.clear();
    this.usedBytes = 0;
  }

  #blob(partition: Partition): OpenBlob {
    const open = this.#open.get(partition);
    if (open && open.used < fullBlobBytes) return open;
    const blob = new OpenBlob(partition);
    this.#open.set(partition, blob);
    this.#all.push(blob);
    return blob;
  }

  #finish(blob: OpenBlob, record: NewRecord, keyEnd: number): void {
    const end = finishRecord(blob.bytes, blob.used, keyEnd, blob.count, record);
    this.usedBytes += end - blob.used;
    blob.used = end;
    blob.count++;
    if (record.timestampMs > blob.newestMs) blob.newestMs = record.timestampMs;
  }
}
