import type { StateCache } from '../../state/state-cache.ts';
import { PackBuffer } from '../../state/state-pack.ts';
import { BatchContext, BatchState } from '../../state/step-state.ts';
import { fetchNow } from '../read/fetch-now.ts';
import { listOffsets } from '../read/list-offsets.ts';
import { placeOf, type TopicPartition } from '../read/with-leaders.ts';
import type { KafkaCluster } from '../wire/kafka-cluster.ts';
import type { OutRecord } from '../wire/produce.ts';
import { type ChangelogEntry, fromChangelogRecord, toChangelogRecord } from './changelog-entry.ts';
import { type DeadEntry, localName, type StateFile } from './state-file.ts';

/** A copy that old may hold keys whose tombstones compaction has removed (`delete.retention.ms`, a day). */
const maxCopyAgeMs = 12 * 3_600_000;
/** A copy from further in the future was written by a clock that went wrong: nobody knows how old it is. */
const maxAheadMs = 300_000;
const sweepIntervalMs = 2000;

export interface PartitionStateParts {
  readonly asking: KafkaCluster;
  readonly file: StateFile;
  readonly cache: StateCache;
  /** With the log's id, so that a file from another log is never taken for this one's. */
  readonly group: string;
  readonly partition: number;
  readonly changelog: TopicPartition;
}

/** The changes of one batch, for the changelog and, once they are committed, for the local copy. */
export interface StateChanges {
  readonly records: readonly OutRecord[];
  /** `nextOffset`: of the changelog, after these records; undefined when there were none. */
  committed(nextOffset: number | undefined): void;
}

/** The state of one partition of a group: a local copy of its changelog, which is the truth. */
export class PartitionState {
  readonly #parts: PartitionStateParts;
  readonly #name: string;
  readonly #inUse = new Map<string, number>();
  readonly #puts = new PackBuffer();
  #sweptAtMs = performance.now();
  #position = 0;

  constructor(parts: PartitionStateParts) {
    this.#parts = parts;
    this.#name = localName(parts.group, parts.partition);
  }

  /** Brings the copy up to the changelog's end. Only for who has fenced the partition's last owner. */
  async restore(): Promise<void> {
    const { asking, cache, changelog, file, group, partition } = this.#parts;
    cache.forget(group, partition);
    // What an attempt that failed has left there.
    this.#puts.clear();
    const local = file.open(this.#name);
    const ends = await listOffsets(asking, [changelog], 'written');
    const end = ends.get(placeOf(changelog)) ?? 0;
    const ageMs = Date.now() - local.writtenMs;
    const isTooOld = ageMs > maxCopyAgeMs || ageMs < -maxAheadMs;
    this.#position = local.position;
    if (local.position > end || (local.position > 0 && isTooOld)) {
      file.clear(this.#name);
      this.#position = 0;
    }
    while (this.#position < end) {
      const offset = this.#position;
      for (const { batches, nextOffset } of await fetchNow(asking, [{ ...changelog, offset }])) {
        for (const { records } of batches)
          for (const record of records) this.#pack(fromChangelogRecord(record));
        this.#write(nextOffset);
      }
    }
  }

  /** The copy was lost: the partition has to be opened again. */
  get isLost(): boolean {
    return !this.#parts.file.isOpen(this.#name);
  }

  get lostBecause(): unknown {
    return this.#parts.file.lostBecause;
  }

  /** What a handler sees beside one batch. */
  context(): BatchContext {
    const { cache, group, partition } = this.#parts;
    return new BatchContext((step, version) => {
      this.#inUse.set(step, version);
      return new BatchState(step, cache.space(group, partition, step, version), cache);
    });
  }

  changes(changed: readonly BatchState[]): StateChanges {
    const nowMs = Date.now();
    const records: OutRecord[] = [];
    const dead = this.#dead(nowMs);
    for (const { step, version, key } of dead)
      records.push(
        toChangelogRecord({ step, version, key, value: undefined, expiresAtMs: undefined }, nowMs),
      );
    for (const state of changed) {
      const { step, version } = state;
      state.eachPut((key, value, expiresAtMs) => {
        records.push(toChangelogRecord({ step, version, key, value, expiresAtMs }, nowMs));
      });
    }
    return {
      records,
      committed: (nextOffset) => {
        if (nextOffset === undefined) return;
        for (const { space, key } of dead) this.#puts.addPut(space, key, undefined, undefined);
        for (const state of changed) state.pack(this.#puts);
        this.#write(nextOffset);
        for (const state of changed) state.committed();
      },
    };
  }

  /** Now and then, a share of what has expired. It must be gone from the changelog too. */
  #dead(nowMs: number): DeadEntry[] {
    if (performance.now() - this.#sweptAtMs < sweepIntervalMs) return [];
    this.#sweptAtMs = performance.now();
    return this.#parts.file.dead(this.#name, nowMs, (step, version) => {
      // A step that nobody has asked for yet may still come.
      const inUse = this.#inUse.get(step);
      return inUse === undefined || inUse === version;
    });
  }

  #pack({ step, version, key, value, expiresAtMs }: ChangelogEntry): void {
    const space = this.#parts.file.spaceOf(this.#name, step, version);
    this.#puts.addPut(space, key, value, expiresAtMs);
  }

  #write(position: number): void {
    this.#parts.file.write(this.#name, this.#puts.take(), position, Date.now());
    this.#position = position;
  }
}
