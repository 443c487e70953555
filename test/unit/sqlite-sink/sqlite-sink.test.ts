import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { readingCodec } from '../../../core/codec.ts';
import { deadLettersTopic } from '../../../core/topics.ts';
import { makeReading } from '../../support/make-reading.ts';
import { until } from '../../support/until.ts';
import { readingRecord, refuseWhere, sinkUnderTest } from './sink-under-test.ts';

const drive = (count: number, from = 0) =>
  Array.from({ length: count }, (_, n) =>
    makeReading({
      eventId: `e${from + n}`,
      entityId: `bus-${(from + n) % 20}`,
      observedAt: 1e15 + from + n,
      numbers: { n: from + n },
    }),
  );

const storedBy = async (sink: Awaited<ReturnType<typeof sinkUnderTest>>) =>
  (await sink.reader.account()).sources.buses?.stored ?? 0;

test('what is in the log is stored, and a restart goes on from the offset of the store', async () => {
  const under = await sinkUnderTest();
  await under.log.append(drive(500).map(readingRecord));
  const sink = await under.start();
  await until(async () => (await storedBy(under)) === 500);
  assert.deepEqual(sink.health(), { ready: true });
  await sink.stop();
  await under.log.append(drive(500, 500).map(readingRecord));
  await under.start();
  await until(async () => (await storedBy(under)) === 1000);
  assert.equal((await under.reader.totals()).readings, 1000);
  await under.remove();
});

test('promise 2: a log that is an older copy than the store refuses the start, and nothing is passed over', async () => {
  const under = await sinkUnderTest();
  await under.log.append(drive(50).map(readingRecord));
  const sink = await under.start();
  await until(async () => (await storedBy(under)) === 50);
  await sink.stop();
  under.withDatabase((db) => db.exec('UPDATE offsets SET next_offset = next_offset + 5'));
  await assert.rejects(under.start(), {
    code: 'DATA_DAMAGED',
    message: /older copy than the store/,
  });
  await under.remove();
});

test('promise 4: a refused record becomes a dead letter with its bytes, its neighbours are stored, and it is not counted as ingress', async () => {
  const under = await sinkUnderTest();
  const sink = await under.start();
  under.withDatabase((db) => refuseWhere(db, "key = 'bad'"));
  const bad = makeReading({ eventId: 'the bad one', entityId: 'bad' });
  const records = [...drive(100), bad, ...drive(100, 100)].map(readingRecord);
  await under.log.append(records);
  const { items } = await until(async () => {
    const page = await under.reader.deadLetters({ limit: 10 });
    return page.items.length > 0 && page;
  });
  await until(async () => (await storedBy(under)) === 200);
  const [letter] = items;
  assert.equal(items.length, 1);
  assert.equal(letter?.stage, 'sqlite-sink');
  assert.equal(letter?.reason, 'store-refused');
  assert.equal(letter?.eventId, 'the bad one');
  assert.deepEqual(readingCodec.decode(letter?.bytes ?? Buffer.alloc(0)).entityId, 'bad');
  assert.match(letter?.detail ?? '', /refused here/);
  assert.deepEqual((await under.reader.account()).sources, {
    buses: { stored: 200, expired: 0, deadLettered: 1 },
  });
  assert.deepEqual((await under.reader.ingressDeadLetters()).sources, {});
  assert.deepEqual(sink.health(), { ready: true });
  await under.remove();
});

test('more than a fifth of at least a hundred records refused stops the sink, which says why and sets nothing aside', async () => {
  const under = await sinkUnderTest();
  const sink = await under.start();
  under.withDatabase((db) => refuseWhere(db, "key < 'bus-13'"));
  await under.log.append(drive(400).map(readingRecord));
  const health = await until(() => !sink.health().ready && sink.health());
  assert.match(health.detail ?? '', /refused \d+ of the last \d+ records/);
  assert.match(health.detail ?? '', /refused here/);
  assert.ok(under.lines.some((line) => line.includes('"event":"sink.gave-up"')));
  const [letters] = (await under.log.ranges([deadLettersTopic])).filter(
    ({ endOffset }) => endOffset > 0,
  );
  assert.equal(letters, undefined, 'no dead letter');
  await sink.stop();
  under.withDatabase((db) => db.exec('DROP TRIGGER refuse'));
  await under.start();
  await until(async () => (await storedBy(under)) === 400);
  await under.remove();
});

test('a store that is away is waited for, and said in health', async () => {
  const under = await sinkUnderTest();
  const sink = await under.start();
  const blocker = new DatabaseSync(join(under.folder, 'store.db'));
  blocker.exec('BEGIN IMMEDIATE');
  await under.log.append(drive(10).map(readingRecord));
  const health = await until(() => !sink.health().ready && sink.health());
  assert.match(health.detail ?? '', /locked/);
  blocker.exec('ROLLBACK');
  blocker.close();
  await until(() => sink.health().ready);
  assert.equal(await storedBy(under), 10);
  await under.remove();
});

test('metrics say what is stored and how far it lags', async () => {
  const under = await sinkUnderTest();
  await under.start();
  await under.log.append(drive(50).map(readingRecord));
  await until(async () => (await storedBy(under)) === 50);
  const text = await under.metrics.metrics();
  assert.match(text, /millrace_sqlite_sink_readings_total\{source="buses",outcome="stored"\} 50/);
  assert.match(
    text,
    /millrace_sqlite_sink_lag_records\{topic="readings.enriched.v1",partition="0"\} 0/,
  );
  assert.match(text, /millrace_sqlite_sink_write_seconds_count/);
  await under.remove();
});
