import { pause } from '../../pause.ts';
import type { Cut, LogRecord, RecordBatch } from '../event-log.ts';
import { waitForGrowth } from '../wait-for-growth.ts';
import type { Catalog, Partition } from './catalog.ts';
import { mergeCommits } from './merge-commits.ts';
import { unpackBlobs } from './partition-reader.ts';
import type { StoredBlob } from './stored-blob.ts';
import type { WorkerClient } from './worker-client.ts';

/** A cut has about so many bytes at most; a commit that is larger comes whole. */
const cutBytes = 1024 * 1024;

export interface TailParts {
  readonly client: WorkerClient;
  readonly catalog: Catalog;
  /** Cuts at the end come so long after one another at least. */
  readonly minCutIntervalMs: number;
}

interface Chunk {
  readonly blobs: readonly { readonly partition: Partition; readonly blob: StoredBlob }[];
  readonly atEnd: boolean;
}

/** Follows partitions in whole commits from these positions, which it moves. Ends when the signal aborts. */
export async function* tailCuts(
  parts: TailParts,
  positions: Map<Partition, number>,
  signal: AbortSignal,
): AsyncGenerator<Cut, void, undefined> {
  const hasMore = () => [...positions].some(([partition, at]) => at < partition.endOffset);
  for (let isFirst = true; !signal.aborted; isFirst = false) {
    const startedAt = performance.now();
    const { blobs, atEnd } = recentChunk(positions) ?? (await storedChunk(parts, positions));
    if (signal.aborted) return;
    const batches = toBatches(blobs, positions);
    if (batches.length > 0 || isFirst) yield { batches, offsets: toOffsets(positions), atEnd };
    if (!atEnd) continue;
    const restMs = parts.minCutIntervalMs - (performance.now() - startedAt);
    if (restMs > 0) await pause(restMs, signal);
    await waitForGrowth(positions.keys(), hasMore, signal);
  }
}

/** From memory, when all of it is there. */
function recentChunk(positions: ReadonlyMap<Partition, number>): Chunk | undefined {
  const partitions: Partition[] = [];
  const iterators: Iterator<StoredBlob>[] = [];
  for (const [partition, position] of positions) {
    if (position >= partition.endOffset) continue;
    if (!partition.recent.has(position)) return undefined;
    partitions.push(partition);
    iterators.push(partition.recent.from(position));
  }
  const blobs: Chunk['blobs'][number][] = [];
  const atEnd = mergeCommits(iterators, cutBytes, (blob, index) => {
    blobs.push({ partition: partitions[index] as Partition, blob });
  });
  return { blobs, atEnd };
}

async function storedChunk(
  { client, catalog }: TailParts,
  positions: ReadonlyMap<Partition, number>,
): Promise<Chunk> {
  const asked = [...positions].map(([{ id }, position]) => [id, position] as const);
  const packed = await client.request('cut', { positions: asked, maxBytes: cutBytes });
  const blobs = unpackBlobs(packed).flatMap(({ partitionId, blob }) => {
    const partition = catalog.partition(partitionId);
    return partition ? [{ partition, blob }] : [];
  });
  return { blobs, atEnd: packed.atEnd };
}

/** One batch a partition; moves the positions. */
function toBatches(blobs: Chunk['blobs'], positions: Map<Partition, number>): RecordBatch[] {
  const byPartition = Map.groupBy(blobs, ({ partition }) => partition);
  const batches: RecordBatch[] = [];
  for (const [partition, parts] of byPartition) {
    const position = positions.get(partition) ?? 0;
    const records: LogRecord[] = [];
    let nextOffset = position;
    for (const { blob } of parts) {
      for (let at = blob.indexFrom(position); at < blob.records.length; at++)
        records.push(blob.records[at] as LogRecord);
      nextOffset = blob.nextOffset;
    }
    positions.set(partition, nextOffset);
    const { topic } = partition;
    if (records.length > 0)
      batches.push({ topic, partition: partition.partition, records, nextOffset });
  }
  return batches;
}

function toOffsets(positions: ReadonlyMap<Partition, number>): Cut['offsets'] {
  const offsets: Record<string, Record<number, number>> = {};
  for (const [{ topic, partition }, position] of positions) {
    const ofTopic = offsets[topic] ?? {};
    ofTopic[partition] = position;
    offsets[topic] = ofTopic;
  }
  return offsets;
}
