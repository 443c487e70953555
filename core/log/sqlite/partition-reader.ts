import type { LogRecord, RecordBatch } from '../event-log.ts';
import type { OnPassed } from '../records-passed.ts';
import type { Partition } from './catalog.ts';
import { blobFields, type PackedBlobs } from './protocol.ts';
import { StoredBlob } from './stored-blob.ts';
import type { WorkerClient } from './worker-client.ts';

const fetchBytes = 512 * 1024;

export interface BatchBounds {
  readonly maxRecords: number;
  readonly maxBytes: number;
}

/** Reads one partition forward: from memory near its end, else from the disk ahead. */
export class PartitionReader {
  readonly partition: Partition;
  readonly #client: WorkerClient;
  readonly #onPassed: OnPassed;
  #position: number;
  #fetched: StoredBlob[] = [];

  constructor(
    partition: Partition,
    client: WorkerClient,
    { position, onPassed }: { readonly position: number; readonly onPassed: OnPassed },
  ) {
    this.partition = partition;
    this.#client = client;
    this.#position = position;
    this.#onPassed = onPassed;
  }

  get hasMore(): boolean {
    return this.#position < this.partition.endOffset;
  }

  /** The next committed records, as many as the bounds allow; undefined at the end. */
  async next(bounds: BatchBounds): Promise<RecordBatch | undefined> {
    const { partition } = this;
    for (;;) {
      if (this.#position < partition.startOffset) this.#passOver();
      if (this.#position >= partition.endOffset) return undefined;
      const blobs = await this.#blobs();
      const { records, nextOffset } = collect(blobs, this.#position, bounds);
      this.#position = nextOffset;
      if (records.length > 0)
        return { topic: partition.topic, partition: partition.partition, records, nextOffset };
    }
  }

  /** What retention has removed is gone. Who has read nothing yet doesn't miss it. */
  #passOver(): void {
    const { topic, partition, startOffset } = this.partition;
    const fromOffset = this.#position;
    this.#position = startOffset;
    if (fromOffset > 0) this.#onPassed({ topic, partition, fromOffset, toOffset: startOffset });
  }

  async #blobs(): Promise<Iterable<StoredBlob>> {
    const { recent } = this.partition;
    if (recent.has(this.#position)) {
      this.#fetched = [];
      return recent.from(this.#position);
    }
    while (this.#fetched[0] && this.#fetched[0].nextOffset <= this.#position) this.#fetched.shift();
    if (this.#fetched.length === 0) {
      const { id, endOffset } = this.partition;
      const ask = { partitionId: id, fromOffset: this.#position, maxBytes: fetchBytes };
      this.#fetched = unpackBlobs(await this.#client.request('read', ask)).map(({ blob }) => blob);
      // Everything up to the end is gone: retention, since compaction leaves the newest batch.
      if (this.#fetched.length === 0) this.#position = Math.max(this.#position, endOffset);
    }
    return this.#fetched;
  }
}

export function unpackBlobs({
  index,
  bytes,
}: PackedBlobs): { partitionId: number; blob: StoredBlob }[] {
  const blobs: { partitionId: number; blob: StoredBlob }[] = [];
  for (let at = 0; at < index.length; at += blobFields) {
    const [partitionId = 0, base = 0, next = 0, commit = 0, start = 0, length = 0] = index.subarray(
      at,
      at + blobFields,
    );
    const stored = Buffer.from(bytes.buffer, bytes.byteOffset + start, length);
    blobs.push({ partitionId, blob: new StoredBlob(base, next, commit, stored) });
  }
  return blobs;
}

interface Collected {
  readonly records: readonly LogRecord[];
  readonly nextOffset: number;
}

function collect(blobs: Iterable<StoredBlob>, position: number, bounds: BatchBounds): Collected {
  let whole: readonly LogRecord[] | undefined;
  const records: LogRecord[] = [];
  let nextOffset = position;
  let bytes = 0;
  for (const blob of blobs) {
    const count = whole?.length ?? records.length;
    const start = blob.indexFrom(position);
    const fits =
      bytes + blob.byteLength <= bounds.maxBytes &&
      count + blob.records.length <= bounds.maxRecords;
    if (!fits && count > 0) break;
    if (!fits) return collectPart(blob, start, bounds);
    // One blob alone is handed out as it is; it is copied only when others join it.
    if (count === 0 && start === 0) whole = blob.records;
    else {
      if (whole) for (const record of whole) records.push(record);
      whole = undefined;
      for (let at = start; at < blob.records.length; at++)
        records.push(blob.records[at] as LogRecord);
    }
    bytes += blob.byteLength;
    nextOffset = blob.nextOffset;
  }
  return { records: whole ?? records, nextOffset };
}

/** Part of a blob that is larger than the bounds; one record at least. */
function collectPart(blob: StoredBlob, start: number, bounds: BatchBounds): Collected {
  let end = start;
  let bytes = 0;
  while (end < blob.records.length && end - start < bounds.maxRecords) {
    const { key, value } = blob.records[end] as LogRecord;
    bytes += key.length + (value?.length ?? 0);
    if (bytes > bounds.maxBytes && end > start) break;
    end++;
  }
  const records = blob.records.slice(start, end);
  const next = blob.records[end];
  return { records, nextOffset: next?.offset ?? blob.nextOffset };
}
