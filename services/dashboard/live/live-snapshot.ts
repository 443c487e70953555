import { isMillraceError, MillraceError } from '../../../core/errors.ts';
import type { PartitionRange } from '../../../core/log/event-log.ts';
import { entityKey, parseEntityKey } from '../../../core/reading.ts';
import { enrichedTopic } from '../../../core/topics.ts';
import type { EntityState, StoreReader } from '../../../stores/store.ts';
import type { LiveFilter } from './live-filter.ts';
import { fromOffsets, type Positions } from './positions.ts';

/** What is asked of the store. */
export type SnapshotStore = Pick<StoreReader, 'snapshot' | 'entity' | 'account'>;

/** What a feed begins with. */
export interface LiveSnapshot {
  readonly entities: readonly EntityState[];
  /** Where the readings go on. */
  readonly positions: Positions;
  /** False when the readings between the entities and `positions` are not given. */
  readonly complete: boolean;
}

/** A store further behind than this many records delays no feed: the feed begins at the log's end. */
export const maxBacklogRecords = 100_000;
/** A store that takes longer delays no feed: the snapshot comes when it answers again. */
const maxWaitMs = 3000;

/** Entities as they stand in the store; without them, at the log's end, when the store is away. */
export async function takeSnapshot(
  store: SnapshotStore,
  filter: LiveFilter,
  ranges: readonly PartitionRange[],
): Promise<LiveSnapshot> {
  const ends = ranges.map(({ endOffset }) => endOffset);
  const starts = ranges.map(({ startOffset }) => startOffset);
  try {
    const { entities, offsets } = await inTime(readEntities(store, filter));
    // Below the log's start there is nothing left to give.
    const positions = fromOffsets(offsets, enrichedTopic, starts).map((offset, partition) =>
      Math.max(offset, starts[partition] ?? 0),
    );
    if (backlogOf(positions, ranges) > maxBacklogRecords)
      return { entities, positions: ends, complete: false };
    return { entities, positions, complete: true };
  } catch (error) {
    if (!isMillraceError(error) || !error.retryable) throw error;
    return { entities: [], positions: ends, complete: false };
  }
}

/** Records from `positions` to the end. */
export function backlogOf(positions: Positions, ranges: readonly PartitionRange[]): number {
  return ranges.reduce(
    (sum, { endOffset, partition }) => sum + Math.max(0, endOffset - (positions[partition] ?? 0)),
    0,
  );
}

async function inTime<T>(answer: Promise<T>): Promise<T> {
  const { promise: overdue, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const message = `The store's answer should come within ${maxWaitMs / 1000} s.`;
    reject(new MillraceError('STORE_UNAVAILABLE', message));
  }, maxWaitMs);
  try {
    return await Promise.race([answer, overdue]);
  } finally {
    clearTimeout(timer);
  }
}

async function readEntities(store: SnapshotStore, { types, entities, box }: LiveFilter) {
  if (entities !== undefined) return readNamed(store, entities);
  const onlyType = types?.length === 1 ? types[0] : undefined;
  const snapshot = await store.snapshot({
    ...(onlyType === undefined ? {} : { entityType: onlyType }),
    ...(box === undefined ? {} : { box }),
  });
  if (types === undefined || onlyType !== undefined) return snapshot;
  const isWanted = ({ entityType }: EntityState) => types.includes(entityType);
  return { offsets: snapshot.offsets, entities: snapshot.entities.filter(isWanted) };
}

/** The offsets are asked first: what is stored meanwhile comes a second time as a reading, which changes nothing. */
async function readNamed(store: SnapshotStore, keys: readonly string[]) {
  const { offsets } = await store.account();
  const states = await Promise.all(
    [...new Set(keys)].map((key) => {
      const entity = parseEntityKey(key);
      return entity && store.entity(entity.entityType, entity.entityId);
    }),
  );
  return { offsets, entities: states.filter((state) => state !== undefined) };
}

export function keysOf(entities: readonly EntityState[]): string[] {
  return entities.map(entityKey);
}
