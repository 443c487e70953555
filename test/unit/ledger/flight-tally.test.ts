import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readingCodec } from '../../../core/codec.ts';
import { FlightTally } from '../../../core/ledger/flight-tally.ts';
import { sourceOf } from '../../../core/ledger/source-of.ts';
import type { LogRecord } from '../../../core/log/event-log.ts';
import { makeReading } from '../../support/make-reading.ts';

const values = ['a', 'b', 'c'].map((source) => readingCodec.encode(makeReading({ source })));
const names = ['a', 'b', 'c'];

/** A partition: records of three sources, with gaps between offsets, in batches. */
const partition = fc
  .array(
    fc.array(fc.record({ source: fc.nat(2), gap: fc.constantFrom(1, 1, 1, 4) }), { maxLength: 12 }),
    {
      maxLength: 30,
    },
  )
  .map((batches) => {
    let offset = 0;
    return batches.map((batch) => {
      const records: LogRecord[] = batch.map(({ source, gap }) => {
        offset += gap;
        return { offset, key: 'bus/1', value: values[source] as Buffer, timestampMs: 0 };
      });
      return { records, nextOffset: offset + 1 };
    });
  });

function naiveCount(
  records: readonly LogRecord[],
  from: number,
  to = Infinity,
): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { offset, value } of records) {
    if (offset < from || offset >= to) continue;
    const source = names[values.indexOf(value as Buffer)] as string;
    counts[source] = (counts[source] ?? 0) + 1;
  }
  return counts;
}

test('counts from any offset what a count record by record gives, in any bounds, once the unread is added', () => {
  fc.assert(
    fc.property(
      partition,
      fc.record({
        maxRuns: fc.integer({ min: 0, max: 60 }),
        maxSegments: fc.integer({ min: 1, max: 8 }),
      }),
      fc.array(fc.nat(200), { maxLength: 5 }),
      fc.nat(60),
      (batches, bounds, offsets, startAt) => {
        const tally = new FlightTally(0, bounds);
        const half = Math.floor(batches.length / 2);
        for (const { records, nextOffset } of batches.slice(0, half))
          tally.add(records, nextOffset);
        const start = Math.min(startAt, tally.to);
        tally.startAt(start);
        for (const { records, nextOffset } of batches.slice(half)) tally.add(records, nextOffset);
        const all = batches.flatMap(({ records }) => records);
        for (const asked of offsets) {
          const offset = Math.max(start, asked);
          const { counts, unread } = tally.countFrom(offset);
          const sum = { ...Object.fromEntries(counts) };
          const again = unread ? naiveCount(all, unread.from, unread.to) : {};
          for (const [source, count] of Object.entries(again))
            sum[source] = (sum[source] ?? 0) + count;
          assert.deepEqual({ ...sum }, { ...naiveCount(all, offset) });
        }
      },
    ),
    { numRuns: 500 },
  );
});

test('a reader that goes back, or far ahead, lets the tally begin anew there', () => {
  const tally = new FlightTally(0);
  const record = (offset: number): LogRecord => ({
    offset,
    key: '',
    value: values[0] as Buffer,
    timestampMs: 0,
  });
  tally.add([record(0), record(1)], 2);
  tally.startAt(10);
  assert.equal(tally.to, 10);
  tally.add([record(10), record(11)], 12);
  assert.deepEqual([...tally.countFrom(11).counts], [['a', 1]]);
  tally.startAt(5);
  assert.equal(tally.to, 5);
  assert.deepEqual([...tally.countFrom(5).counts], []);
});

test('the source of a record is told without decoding it, and unknown when it is none', () => {
  const value = values[1] as Buffer;
  assert.equal(sourceOf(value), 'b');
  assert.equal(sourceOf(null), 'unknown');
  assert.equal(sourceOf(Buffer.alloc(0)), 'unknown');
  assert.equal(sourceOf(Buffer.from('{"not": "avro"}')), 'unknown');
  assert.equal(sourceOf(value.subarray(0, 14)), 'unknown', 'cut within the event id');
  assert.equal(sourceOf(readingCodec.encode(makeReading({ source: '' }))), 'unknown');
});

test('no bytes make it throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      const source = sourceOf(Buffer.concat([Buffer.from([0, 0, 1, 0x86, 0xa1]), bytes]));
      assert.ok(source.length > 0 && source.length <= 256);
    }),
    { numRuns: 2000 },
  );
});
