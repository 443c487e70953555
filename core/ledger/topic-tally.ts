import type { EventLog, RecordBatch } from '../log/event-log.ts';
import { addTo, FlightTally, type TallyBounds } from './flight-tally.ts';
import { sourceOf } from './source-of.ts';

type PartitionOffsets = Readonly<Record<number, number>>;

/** Counts records of a topic by source, from any offsets at or after those that it was told to start at. */
export class TopicTally {
  readonly #log: Pick<EventLog, 'tail'>;
  readonly #topic: string;
  readonly #bounds: TallyBounds | undefined;
  readonly #partitions = new Map<number, FlightTally>();

  constructor(log: Pick<EventLog, 'tail'>, topic: string, bounds?: TallyBounds) {
    this.#log = log;
    this.#topic = topic;
    this.#bounds = bounds;
  }

  /** The next offsets to add. A partition that is missing is to be read from its beginning. */
  get offsets(): PartitionOffsets {
    return Object.fromEntries(
      [...this.#partitions]
        .filter(([, { to }]) => to > 0)
        .map(([partition, { to }]) => [partition, to]),
    );
  }

  /** Readers' offsets; a partition that a reader doesn't name it has not begun. */
  startAt(readers: readonly PartitionOffsets[]): void {
    const partitions = new Set([...this.#partitions.keys(), ...readers.flatMap(keysOf)]);
    for (const partition of partitions) {
      const least = Math.min(...readers.map((offsets) => offsets[partition] ?? 0));
      this.#tally(partition).startAt(Number.isFinite(least) ? least : 0);
    }
  }

  add({ partition, records, nextOffset }: RecordBatch): void {
    this.#tally(partition).add(records, nextOffset);
  }

  /** Records at or after these offsets, up to the end of what was added. */
  async countFrom(offsets: PartitionOffsets): Promise<ReadonlyMap<string, number>> {
    const sum = new Map<string, number>();
    for (const [partition, tally] of this.#partitions) {
      const { counts, unread } = tally.countFrom(offsets[partition] ?? 0);
      for (const [source, count] of counts) addTo(sum, source, count);
      if (unread) await this.#countRange(partition, unread, sum);
    }
    return sum;
  }

  /** Reads a part of the log again that is only known as a sum. */
  async #countRange(
    partition: number,
    range: { readonly from: number; readonly to: number },
    sum: Map<string, number>,
  ): Promise<void> {
    // The others stand at their ends, so that nothing of them comes.
    const offsets = { ...this.offsets, [partition]: range.from };
    for await (const cut of this.#log.tail([this.#topic], {
      from: { offsets: { [this.#topic]: offsets } },
    })) {
      for (const batch of cut.batches) {
        if (batch.partition !== partition) continue;
        for (const { offset, value } of batch.records) {
          if (offset >= range.from && offset < range.to) addTo(sum, sourceOf(value), 1);
        }
      }
      if (cut.atEnd || (cut.offsets[this.#topic]?.[partition] ?? 0) >= range.to) return;
    }
  }

  #tally(partition: number): FlightTally {
    let tally = this.#partitions.get(partition);
    if (!tally) {
      tally = new FlightTally(0, this.#bounds);
      this.#partitions.set(partition, tally);
    }
    return tally;
  }
}

function keysOf(offsets: PartitionOffsets): number[] {
  return Object.keys(offsets).map(Number);
}
