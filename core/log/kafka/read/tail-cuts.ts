import { pause } from '../../../pause.ts';
import type { Cut, LogRecord, RecordBatch } from '../../event-log.ts';
import { waitForGrowth } from '../../wait-for-growth.ts';
import type { CommitsTable } from '../commits-table.ts';
import type { TopicNames } from '../topic-names.ts';
import type { StableBatch } from '../wire/decode-records.ts';
import type { KafkaCluster } from '../wire/kafka-cluster.ts';
import { type Feed, recordsFrom } from './feed.ts';
import { fetchNow } from './fetch-now.ts';
import type { SharedFeeds } from './shared-feeds.ts';
import { WholeCommits } from './whole-commits.ts';
import { placeOf, type TopicPartition } from './with-leaders.ts';

/** Cuts at the end come so long after one another at least. */
const minCutIntervalMs = 5;
/** A cut has about so many bytes of each partition at most. */
const partitionBytes = 1024 * 1024;

export interface TailParts {
  readonly asking: KafkaCluster;
  readonly feeds: SharedFeeds;
  readonly names: TopicNames;
  readonly commits: CommitsTable;
}

/** Where a tail stands in one partition. */
export interface TailPosition extends TopicPartition {
  offset: number;
  /** What was committed when the tail began: it is not at the end before that. */
  readonly firstEnd: number;
}

/** What a tail has read further of one partition. */
export interface TailRead {
  readonly of: TailPosition;
  readonly batches: readonly StableBatch[];
}

/** Reads partitions on from these positions, which it moves. */
class TailReader {
  readonly #parts: TailParts;
  readonly #rows: readonly { readonly position: TailPosition; readonly feed: Feed }[];

  constructor(parts: TailParts, positions: readonly TailPosition[]) {
    this.#parts = parts;
    this.#rows = positions.map((position) => ({
      position,
      feed: parts.feeds.use(position, position.firstEnd),
    }));
  }

  get isAtEnd(): boolean {
    return this.#rows.every(({ position, feed }) => position.offset >= endOf(position, feed));
  }

  /** What is there now; from memory, and where that has let go from the brokers. */
  async read(): Promise<TailRead[]> {
    const reads: TailRead[] = [];
    const behind: TailPosition[] = [];
    for (const { position, feed } of this.#rows) {
      if (position.offset >= endOf(position, feed)) continue;
      if (feed.has(position.offset)) {
        const batches = takeSome(feed.from(position.offset));
        const nextOffset = batches.isWhole ? feed.position : lastOffset(batches.taken);
        reads.push(advance(position, batches.taken, nextOffset ?? feed.position));
      } else behind.push(position);
    }
    const fetched = await fetchNow(this.#parts.asking, behind);
    const byPlace = new Map(behind.map((position) => [placeOf(position), position]));
    for (const { topic, partition, batches, nextOffset } of fetched) {
      const position = byPlace.get(placeOf({ topic, partition }));
      if (position) reads.push(advance(position, batches, nextOffset));
    }
    return reads;
  }

  wait(signal: AbortSignal): Promise<void> {
    const feeds = this.#rows.map(({ feed }) => feed);
    return waitForGrowth(feeds, () => !this.isAtEnd, signal);
  }

  close(): void {
    for (const { feed } of this.#rows) this.#parts.feeds.giveBack(feed);
  }
}

/** How cuts are made of what is read. */
interface Cutting {
  cut(reads: readonly TailRead[]): Promise<{
    readonly reads: readonly TailRead[];
    readonly positions: readonly TailPosition[];
    readonly isHolding: boolean;
  }>;
  close(): void;
}

/** Ends when the signal aborts. `wholeCommits`: see whole-commits.ts. */
export async function* tailCuts(
  parts: TailParts,
  positions: readonly TailPosition[],
  { signal, wholeCommits }: { signal: AbortSignal; wholeCommits: boolean },
): AsyncGenerator<Cut, void, undefined> {
  const reader = new TailReader(parts, positions);
  const cutting = wholeCommits ? cutWhole(parts, positions) : cutAsRead(positions);
  try {
    // Only a marker may stand between the last records and the end: who waits for the end must hear of it.
    let toldAtEnd = false;
    for (let isFirst = true; !signal.aborted; isFirst = false) {
      const startedAtMs = performance.now();
      const cut = await cutting.cut(await reader.read());
      if (signal.aborted) return;
      const batches = cut.reads.flatMap((read) => toBatch(parts.names, read));
      const atEnd = reader.isAtEnd && !cut.isHolding;
      if (batches.length > 0 || isFirst || (atEnd && !toldAtEnd)) {
        toldAtEnd = atEnd;
        yield { batches, offsets: toOffsets(parts.names, cut.positions), atEnd };
      }
      if (!reader.isAtEnd) continue;
      const restMs = minCutIntervalMs - (performance.now() - startedAtMs);
      if (restMs > 0) await pause(restMs, signal);
      if (!cut.isHolding) await reader.wait(signal);
    }
  } finally {
    cutting.close();
    reader.close();
  }
}

function cutAsRead(positions: readonly TailPosition[]): Cutting {
  return {
    cut: async (reads) => ({ reads, positions, isHolding: false }),
    close: () => undefined,
  };
}

function cutWhole({ commits, names }: TailParts, positions: readonly TailPosition[]): Cutting {
  const whole = new WholeCommits(names, positions);
  for (const commit of commits.all()) whole.noteCommit(commit);
  const end = commits.onCommit((commit) => whole.noteCommit(commit));
  return {
    cut: async (reads) => {
      whole.take(reads);
      // A commit's own record is written before anything of it can be read.
      const allKnown = await commits.readToEnd();
      return { ...whole.release(allKnown), isHolding: whole.isHolding };
    },
    close: end,
  };
}

function toBatch(names: TopicNames, { of, batches }: TailRead): RecordBatch[] {
  const [first] = batches;
  const nextOffset = lastOffset(batches);
  if (!first || nextOffset === undefined) return [];
  const { topic, partition } = of;
  const records: LogRecord[] = [];
  for (const batch of batches) for (const record of batch.records) records.push(record);
  return [{ topic: names.ours(topic), partition, records, nextOffset }];
}

function toOffsets(names: TopicNames, positions: readonly TailPosition[]): Cut['offsets'] {
  const offsets: Record<string, Record<number, number>> = {};
  for (const { topic, partition, offset } of positions) {
    const ours = names.ours(topic);
    const ofTopic = offsets[ours] ?? {};
    ofTopic[partition] = offset;
    offsets[ours] = ofTopic;
  }
  return offsets;
}

function endOf({ firstEnd }: TailPosition, feed: Feed): number {
  return Math.max(firstEnd, feed.endOffset);
}

/** The batches that the reader has not had, with the first cut to its position; moves the position. */
function advance(
  position: TailPosition,
  batches: readonly StableBatch[],
  nextOffset: number,
): TailRead {
  const from = position.offset;
  position.offset = Math.max(from, nextOffset);
  const own = batches.flatMap((batch) => {
    const records = recordsFrom(batch, from);
    return records.length > 0 ? [{ ...batch, records }] : [];
  });
  return { of: position, batches: own };
}

function takeSome(batches: Iterable<StableBatch>): { taken: StableBatch[]; isWhole: boolean } {
  const taken: StableBatch[] = [];
  let bytes = 0;
  for (const batch of batches) {
    if (bytes >= partitionBytes) return { taken, isWhole: false };
    taken.push(batch);
    bytes += batch.byteLength;
  }
  return { taken, isWhole: true };
}

const lastOffset = (batches: readonly StableBatch[]) => batches.at(-1)?.nextOffset;
