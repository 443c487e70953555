import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { isMillraceError } from '../../../core/errors.ts';
import type { LogRecord } from '../../../core/log/event-log.ts';
import { decodeRecords } from '../../../core/log/kafka/wire/decode-records.ts';
import { batchHeaderBytes, RecordBatch } from '../../../core/log/kafka/wire/record-batch.ts';

interface OneRecord {
  readonly key: string;
  readonly value: Uint8Array | null;
  readonly timestampMs: number;
}

const controlFlag = 0x20;

function batchOf(
  baseOffset: number,
  producerId: number,
  kind: 'plain' | 'transactional' | 'marker',
  records: readonly OneRecord[],
): Buffer {
  const batch = new RecordBatch();
  for (const { key, value, timestampMs } of records)
    batch.add(Buffer.from(key), value, timestampMs);
  const transactional = kind !== 'plain';
  const sender = { producerId: BigInt(producerId), producerEpoch: 0, firstSequence: 0 };
  const bytes = Buffer.from(batch.finish({ ...sender, transactional }));
  bytes.writeBigInt64BE(BigInt(baseOffset), 0);
  if (kind === 'marker') bytes.writeInt16BE(bytes.readInt16BE(21) | controlFlag, 21);
  return bytes;
}

/** Version 0 and what was decided; then the coordinator's epoch. */
const marker = (committed: boolean): OneRecord => ({
  key: committed ? '\0\0\0\x01' : '\0\0\0\0',
  value: Buffer.alloc(6),
  timestampMs: 1,
});

type Event =
  | { readonly kind: 'write'; readonly producer: number; readonly records: readonly OneRecord[] }
  | { readonly kind: 'decide'; readonly producer: number; readonly committed: boolean };

const someRecord = fc.record({
  key: fc.string({ unit: 'binary', maxLength: 20 }),
  value: fc.option(fc.uint8Array({ maxLength: 50 })),
  timestampMs: fc.integer({ min: 0, max: 4e15 }),
});
/** Producer 0 writes without transactions. */
const someEvents = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant('write' as const),
      producer: fc.integer({ min: 0, max: 3 }),
      records: fc.array(someRecord, { minLength: 1, maxLength: 5 }),
    }),
    fc.record({
      kind: fc.constant('decide' as const),
      producer: fc.integer({ min: 1, max: 3 }),
      committed: fc.boolean(),
    }),
  ),
  { maxLength: 30 },
);

/** A partition as a broker holds it when each transaction is decided in the end. */
function partitionOf(events: readonly Event[]) {
  const batches: { readonly bytes: Buffer; readonly base: number; readonly next: number }[] = [];
  const aborted: { producerId: number; firstOffset: number; lastOffset: number }[] = [];
  const open = new Map<number, { firstOffset: number; records: LogRecord[] }>();
  const committed: LogRecord[] = [];
  let base = 0;
  const put = (bytes: Buffer, count: number) => {
    batches.push({ bytes, base, next: base + count });
    base += count;
  };
  const decide = (producer: number, isCommitted: boolean) => {
    const own = open.get(producer);
    if (!own) return;
    if (isCommitted) committed.push(...own.records);
    else aborted.push({ producerId: producer, firstOffset: own.firstOffset, lastOffset: base });
    open.delete(producer);
    put(batchOf(base, producer, 'marker', [marker(isCommitted)]), 1);
  };
  for (const event of events) {
    if (event.kind === 'decide') decide(event.producer, event.committed);
    else {
      const { producer, records } = event;
      const there = records.map(({ key, value, timestampMs }, at) => ({
        ...{ offset: base + at, key, timestampMs },
        value: value === null ? null : Buffer.from(value),
      }));
      const own = open.get(producer) ?? { firstOffset: base, records: [] };
      if (producer === 0) committed.push(...there);
      else {
        own.records.push(...there);
        open.set(producer, own);
      }
      const kind = producer === 0 ? 'plain' : 'transactional';
      put(batchOf(base, producer, kind, records), records.length);
    }
  }
  for (const producer of [...open.keys()]) decide(producer, true);
  return { batches, aborted, committed: committed.sort((a, b) => a.offset - b.offset), end: base };
}

test('from any offset come the committed records, each once, however the answer is cut off', () => {
  fc.assert(
    fc.property(someEvents, fc.nat(), fc.nat(), (events, from, cut) => {
      const { batches, aborted, committed, end } = partitionOf(events);
      const fromOffset = end === 0 ? 0 : from % end;
      const found: LogRecord[] = [];
      let position = fromOffset;
      while (position < end) {
        const first = batches.findIndex(({ next }) => next > position);
        const bytes = Buffer.concat(batches.slice(first).map((one) => one.bytes));
        // An answer always holds its first batch whole.
        const least = batches[first]?.bytes.length ?? 0;
        const answer = bytes.subarray(0, least + (cut % (bytes.length - least + 1)));
        const relevant = aborted.filter(({ lastOffset }) => lastOffset >= position);
        const decoded = decodeRecords(answer, position, relevant);
        assert.ok(decoded.nextOffset > position);
        for (const { records } of decoded.batches) found.push(...records);
        position = decoded.nextOffset;
      }
      assert.equal(position, end);
      assert.deepEqual(
        found,
        committed.filter(({ offset }) => offset >= fromOffset),
      );
    }),
  );
});

test('batches that compaction has emptied are passed', () => {
  const emptied = batchOf(0, -1, 'plain', [marker(true), marker(true), marker(true)]);
  const header = Buffer.from(emptied.subarray(0, batchHeaderBytes));
  header.writeInt32BE(batchHeaderBytes - 12, 8);
  header.writeInt32BE(0, 57);
  assert.deepEqual(decodeRecords(header, 0, []), { batches: [], nextOffset: 3 });
});

test('what others have compressed with gzip or zstd is read, other codecs are named', () => {
  const one = { key: 'k', value: Buffer.from('v'.repeat(100)), timestampMs: 5 };
  const plain = batchOf(0, -1, 'plain', [one]);
  const compressed = (codec: number, compress: (bytes: Buffer) => Buffer) => {
    const body = compress(plain.subarray(batchHeaderBytes));
    const bytes = Buffer.concat([plain.subarray(0, batchHeaderBytes), body]);
    bytes.writeInt32BE(bytes.length - 12, 8);
    bytes.writeInt16BE(codec, 21);
    return bytes;
  };
  for (const bytes of [plain, compressed(1, gzipSync), compressed(4, zstdCompressSync)])
    assert.deepEqual(decodeRecords(bytes, 0, []).batches[0]?.records, [{ offset: 0, ...one }]);
  assert.throws(
    () => decodeRecords(compressed(2, gzipSync), 0, []),
    (error) => isMillraceError(error, 'RECORD_UNDECODABLE') && /snappy/.test(error.message),
  );
});
