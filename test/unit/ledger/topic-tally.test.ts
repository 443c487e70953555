import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TopicTally } from '../../../core/ledger/topic-tally.ts';
import { rawTopic } from '../../../core/topics.ts';
import { makeReading } from '../../support/make-reading.ts';
import { openEnricherRoom } from '../../support/start-enricher-room.ts';
import { busPipeline } from '../enricher/bus-pipeline.ts';

test('what memory holds as sums only is read again from the log where an offset falls within', async () => {
  const room = await openEnricherRoom(busPipeline(), { partitions: 2 });
  try {
    const tally = new TopicTally(room.log, rawTopic, { maxRuns: 10, maxSegments: 2 });
    for (let batch = 0; batch < 12; batch++) {
      await room.appendReadings(
        Array.from({ length: 25 }, (_, index) =>
          makeReading({ source: index % 2 === 0 ? 'a' : 'b', entityId: `bus-${index % 10}` }),
        ),
      );
    }
    const all: { partition: number; offset: number; source: string }[] = [];
    for await (const cut of room.log.tail([rawTopic], { from: 'earliest' })) {
      for (const batch of cut.batches) {
        // As a reader gets them: in pieces.
        for (let start = 0; start < batch.records.length; start += 40) {
          const records = batch.records.slice(start, start + 40);
          const nextOffset = (records.at(-1)?.offset ?? 0) + 1;
          tally.add({ ...batch, records, nextOffset });
        }
        for (const { offset, value } of batch.records) {
          const source = value?.includes('\u0002a') ? 'a' : 'b';
          all.push({ partition: batch.partition, offset, source });
        }
      }
      if (cut.atEnd) break;
    }
    for (let offset = 0; offset < 200; offset += 13) {
      const asked = { 0: offset, 1: offset + 5 };
      const expected = { a: 0, b: 0 };
      for (const record of all) {
        if (record.offset >= (asked[record.partition as 0 | 1] ?? 0)) {
          expected[record.source as 'a' | 'b']++;
        }
      }
      const counts = await tally.countFrom(asked);
      assert.deepEqual({ a: counts.get('a') ?? 0, b: counts.get('b') ?? 0 }, expected);
    }
  } finally {
    await room.close();
  }
});
