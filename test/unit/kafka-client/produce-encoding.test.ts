import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Message } from 'kafkajs';
import { appendRequest } from '../../../core/log/kafka/append/append-requests.ts';
import { crc32c } from '../../../core/log/kafka/wire/crc32c.ts';
import { RecordBatch } from '../../../core/log/kafka/wire/record-batch.ts';

const require = createRequire(import.meta.url);

interface ProduceInput {
  readonly topicData: {
    readonly topic: string;
    readonly partitions: { partition: number; firstSequence: number; messages: Message[] }[];
  }[];
  readonly producerId: bigint;
  readonly producerEpoch: number;
}

type Encode = (input: object) => { request: { encode(): Promise<{ buffer: Buffer }> } };

const produce = require('kafkajs/src/protocol/requests/produce') as {
  protocol(of: { version: number }): Encode;
};

const someBytes = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
/** Times that rise and have the same number of digits: kafkajs sorts them as texts. */
const someMessages = fc
  .array(
    fc.record({
      key: fc.option(fc.string({ unit: 'binary', maxLength: 80 }), { nil: null }),
      value: fc.option(someBytes, { nil: null }),
      afterMs: fc.nat(2 ** 40),
    }),
    { minLength: 1, maxLength: 200 },
  )
  .map((parts) => {
    let timeMs = 1_700_000_000_000;
    return parts.map(({ key, value, afterMs }): Message => {
      timeMs = Math.min(timeMs + afterMs, 9_000_000_000_000);
      return { key, value, timestamp: `${timeMs}` };
    });
  });

const someInput: fc.Arbitrary<ProduceInput> = fc.record({
  producerId: fc.constantFrom(-1n, 7n, 2n ** 40n),
  producerEpoch: fc.nat(30_000),
  topicData: fc.uniqueArray(
    fc.record({
      topic: fc.constantFrom('a', 'détecteurs'),
      partitions: fc.array(
        fc.record({
          partition: fc.nat(9),
          firstSequence: fc.nat(2 ** 31 - 1),
          messages: someMessages,
        }),
        { minLength: 1, maxLength: 3 },
      ),
    }),
    { minLength: 1, maxLength: 2, selector: ({ topic }) => topic },
  ),
});

test('a produce request has the very bytes that kafkajs would have sent', async () => {
  await fc.assert(
    fc.asyncProperty(someInput, async ({ topicData, ...id }) => {
      const encode = produce.protocol({ version: 7 });
      const { request } = encode({ ...id, acks: -1, timeout: 10_000, topicData });
      const batches = topicData.flatMap(({ topic, partitions }) =>
        partitions.map(({ messages, ...rest }) => ({ topic, ...rest, batch: batchOf(messages) })),
      );
      assert.deepEqual(appendRequest(id, batches).body, (await request.encode()).buffer);
    }),
    { numRuns: 200 },
  );
});

function batchOf(messages: readonly Message[]): RecordBatch {
  const batch = new RecordBatch();
  for (const { key, value, timestamp } of messages) {
    const keyBytes = key == null ? null : Buffer.from(key);
    batch.add(keyBytes, value as Buffer | null, Number(timestamp));
  }
  return batch;
}

test('a request may be encoded again, as a retry does', async () => {
  const batch = new RecordBatch();
  batch.add(Buffer.from('k'), Buffer.from('v'), 5);
  const sender = { producerId: 1n, producerEpoch: 0, firstSequence: 3, transactional: false };
  const first = Buffer.from(batch.finish(sender));
  assert.deepEqual(batch.finish(sender), first);
});

test('times before the first, and far from it, come back as they were', () => {
  const decode = require('kafkajs/src/protocol/recordBatch/v0/decoder');
  const Decoder = require('kafkajs/src/protocol/decoder');
  return fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: -(2 ** 44), max: 2 ** 44 }), { minLength: 1 }),
      async (times) => {
        const batch = new RecordBatch();
        for (const time of times) batch.add(null, null, time);
        const sender = { producerId: 1n, producerEpoch: 0, firstSequence: 0, transactional: true };
        const read = await decode(new Decoder(batch.finish(sender)));
        assert.deepEqual(
          read.records.map(({ timestamp }: { timestamp: string }) => Number(timestamp)),
          times,
        );
        assert.equal(Number(read.maxTimestamp), Math.max(...times));
        assert.equal(read.inTransaction, true);
      },
    ),
  );
});

test('the checksum is the CRC-32C of RFC 3720, B.4', () => {
  const known: [Buffer, number][] = [
    [Buffer.alloc(32), 0x8a9136aa],
    [Buffer.alloc(32, 0xff), 0x62a8ab43],
    [Buffer.from(Array.from({ length: 32 }, (_, at) => at)), 0x46dd794e],
    [Buffer.from('123456789'), 0xe3069283],
  ];
  for (const [bytes, crc] of known) {
    const within = Buffer.concat([Buffer.from('x'), bytes, Buffer.from('y')]);
    assert.equal(crc32c(within, 1, bytes.length + 1), crc);
  }
});
