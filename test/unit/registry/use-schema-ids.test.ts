import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { deadLetterCodec, peekSource, readingCodec, useSchemaIds } from '../../../core/codec.ts';
import { entityKey } from '../../../core/reading.ts';
import { useRegistry } from '../../../core/registry/use-registry.ts';
import { newestSchema, schemaVersions } from '../../../core/schemas.ts';
import { openSqliteReader, openSqliteWriter } from '../../../stores/sqlite/open-sqlite-store.ts';
import { makeReading } from '../../support/make-reading.ts';
import { startSchemaRegistry } from '../../support/start-schema-registry.ts';

const outside = schemaVersions.map(({ topic, version, id }) => ({
  topic,
  version,
  id: id - 99_990,
}));
const builtInId = newestSchema('readings.raw.v1').id;
const folder = await mkdtemp(join(tmpdir(), 'millrace-registry-'));
after(() => rm(folder, { recursive: true }));
beforeEach(() => useSchemaIds([]));

test('records are written with the outside id, and both kinds are read', () => {
  const before = readingCodec.encode(makeReading({ eventId: 'before' }));
  useSchemaIds(outside);
  const since = readingCodec.encode(makeReading({ eventId: 'since' }));
  assert.equal(before.readUInt32BE(1), builtInId);
  assert.equal(since.readUInt32BE(1), builtInId - 99_990);
  assert.equal(readingCodec.decode(before).eventId, 'before');
  assert.equal(readingCodec.decode(since).eventId, 'since');
  assert.equal(peekSource(since), peekSource(before));
});

test('an outside id of another kind of record is told as such, one of nobody is unknown', () => {
  useSchemaIds(outside);
  const bytes = readingCodec.encode(makeReading({}));
  assert.throws(() => deadLetterCodec.decode(bytes), { code: 'RECORD_UNDECODABLE' });
  bytes.writeUInt32BE(4711, 1);
  assert.throws(() => readingCodec.decode(bytes), { code: 'SCHEMA_UNKNOWN' });
});

test('the store takes records with outside ids, and gives its history without the registry afterwards', async () => {
  useSchemaIds(outside);
  const reading = makeReading({
    eventId: 'e1',
    observedAt: Date.now() * 1000,
    numbers: { speed: 5 },
  });
  const value = readingCodec.encode(reading);
  const record = { offset: 0, key: entityKey(reading), value, timestampMs: Date.now() };
  const writer = await openSqliteWriter({ folder, historyMs: null });
  const topic = 'readings.enriched.v1';
  assert.deepEqual(
    await writer.writeReadings({ topic, partition: 0, records: [record], nextOffset: 1 }),
    [],
  );
  await writer.close();
  useSchemaIds([]);
  const reader = openSqliteReader({ folder });
  const { entityType, entityId } = reading;
  const [series] = await reader.series({
    entities: [{ entityType, entityId }],
    fields: ['speed'],
    from: 0,
    to: Number.MAX_SAFE_INTEGER,
    fn: 'last',
    maxPoints: 10,
  });
  await reader.close();
  assert.deepEqual(
    series?.points.map(([, point]) => point),
    [5],
  );
});

test('after the start the registry is not needed any more', async () => {
  const registry = await startSchemaRegistry({ firstId: 20 });
  await useRegistry({ schemaRegistryUrl: registry.url, kafka: undefined }, { register: true });
  await registry.stop();
  const bytes = readingCodec.encode(makeReading({ eventId: 'e1' }));
  assert.equal(bytes.readUInt32BE(1), 20);
  assert.equal(readingCodec.decode(bytes).eventId, 'e1');
});
