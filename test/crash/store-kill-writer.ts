import { readingCodec } from '../../core/codec.ts';
import { enrichedTopic } from '../../core/topics.ts';
import { openSqliteWriter } from '../../stores/sqlite/open-sqlite-store.ts';
import { makeReading } from '../support/make-reading.ts';

/** A process that store-kill.test.ts kills: it goes on from where the store stands and prints each offset that it has. */
// Small: commits are then a large part of the time in which the kill may fall.
const batchSize = 10;
const writer = await openSqliteWriter({ folder: process.argv[2] ?? '', historyMs: null });
const { offsets } = await writer.account();
let offset = offsets[enrichedTopic]?.[0] ?? 0;
for (;;) {
  const records = Array.from({ length: batchSize }, (_, index) => {
    const n = offset + index;
    const value = readingCodec.encode(
      makeReading({
        eventId: `event-${n}`,
        entityId: `bus-${n % 20}`,
        observedAt: 1e15 + n,
        numbers: { n },
      }),
    );
    return { offset: n, key: '', value, timestampMs: 0 };
  });
  const nextOffset = offset + batchSize;
  await writer.writeReadings({ topic: enrichedTopic, partition: 0, records, nextOffset });
  offset = nextOffset;
  process.stdout.write(`${offset}\n`);
}
