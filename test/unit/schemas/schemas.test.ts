import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import type avro from 'avsc';
import fc from 'fast-check';
import {
  deadLetterCodec,
  modelCodec,
  peekSource,
  readingCodec,
  registerEntryCodec,
} from '../../../core/codec.ts';
import { newestMicros, oldestMicros, type Reading } from '../../../core/reading.ts';
import { breakingChange, checkSchemaHistory } from '../../../core/schema-compatibility.ts';
import { newestSchema, schemaById, schemaVersions } from '../../../core/schemas.ts';
import { makeReading } from '../../support/make-reading.ts';

const codecs: Record<string, { encode(value: never): Buffer; decode(bytes: Buffer): unknown }> = {
  'readings.raw.v1': readingCodec,
  'readings.enriched.v1': readingCodec,
  'deadletters.v1': deadLetterCodec,
  'registers.v1': registerEntryCodec,
  'models.v1': modelCodec,
};

/** Plain JSON with buffers as `{base64}`, to compare what a codec gives with a file. */
const plain = (value: unknown) =>
  JSON.parse(
    JSON.stringify(value, (_, part) =>
      part?.type === 'Buffer' ? { base64: Buffer.from(part.data).toString('base64') } : part,
    ),
  );

test('bytes that an old schema version wrote are read by the newest', () => {
  const fixtures = globSync('test/golden/schemas/*.avro.hex');
  assert.deepEqual(
    fixtures.map((file) => Number(/(\d+)\.avro/.exec(file)?.[1])).sort(),
    [...new Set(schemaVersions.map((version) => version.id))].sort(),
    'every schema id has a fixture',
  );
  for (const file of fixtures) {
    const bytes = Buffer.from(readFileSync(file, 'utf8').trim(), 'hex');
    const topic = schemaById(bytes.readUInt32BE(1))?.topic ?? '';
    const expected = JSON.parse(readFileSync(file.replace('.avro.hex', '.json'), 'utf8'));
    const value = plain(codecs[topic]?.decode(bytes));
    for (const [name, field] of Object.entries(expected))
      assert.deepEqual(value[name], field, `${file}: ${name}`);
  }
});

test('schema ids are unique, start at 100001 and no topic skips a version', () => {
  const byTopic = Map.groupBy(schemaVersions, (version) => version.topic);
  for (const [topic, versions] of byTopic) {
    assert.deepEqual(
      versions.map((version) => version.version),
      versions.map((_, index) => index + 1),
      topic,
    );
    for (const { id } of versions) assert.ok(id >= 100001);
  }
  assert.doesNotThrow(() => checkSchemaHistory());
});

const reading = newestSchema('readings.raw.v1').schema as unknown as {
  fields: { name: string; type: avro.Schema }[];
};
const changed = (change: (fields: typeof reading.fields) => unknown[]) =>
  ({ ...reading, fields: change(reading.fields) }) as unknown as avro.Schema;

test('a new field without a default is refused with a sentence that names it', () => {
  const newer = changed((fields) => [...fields, { name: 'accuracy', type: 'double' }]);
  assert.match(
    breakingChange(reading as unknown as avro.Schema, newer) ?? '',
    /Field "accuracy" is new and has no default/,
  );
});

test('a changed type is refused with a sentence that names the field, before and after', () => {
  const newer = changed((fields) =>
    fields.map((field) => (field.name === 'seq' ? { ...field, type: 'string' } : field)),
  );
  assert.match(
    breakingChange(reading as unknown as avro.Schema, newer) ?? '',
    /Field "seq" was "int" and is now "string"/,
  );
  const older = {
    topic: 'readings.raw.v1',
    id: 1,
    version: 1,
    schema: reading as unknown as avro.Schema,
  };
  assert.throws(() => checkSchemaHistory([older, { ...older, id: 2, version: 2, schema: newer }]), {
    code: 'SCHEMA_BREAKS',
  });
});

test('a new field with a default, and a field that is gone, are no breaks', () => {
  const added = changed((fields) => [...fields, { name: 'accuracy', type: 'double', default: 0 }]);
  const removed = changed((fields) => fields.filter((field) => field.name !== 'traceparent'));
  assert.equal(breakingChange(reading as unknown as avro.Schema, added), undefined);
  assert.equal(breakingChange(reading as unknown as avro.Schema, removed), undefined);
});

const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
const mapOf = <T>(value: fc.Arbitrary<T>) =>
  fc.dictionary(
    fc.string({ minLength: 1 }).filter((key) => key !== '__proto__'),
    value,
    { maxKeys: 4, noNullPrototype: true },
  );
const micros = fc.integer({ min: oldestMicros, max: newestMicros });
const readings: fc.Arbitrary<Reading> = fc.record({
  eventId: fc.string({ unit: 'grapheme' }),
  source: fc.string({ unit: 'grapheme' }),
  entityType: fc.string(),
  entityId: fc.string({ unit: 'grapheme' }),
  observedAt: micros,
  receivedAt: micros,
  seq: fc.integer({ min: 0, max: 999 }),
  numbers: mapOf(finite),
  flags: mapOf(fc.boolean()),
  texts: mapOf(fc.string()),
  tags: mapOf(fc.string()),
  position: fc.option(fc.record({ lat: finite, lon: finite, altitude: fc.option(finite) })),
  zones: fc.array(fc.string(), { maxLength: 3 }),
  unset: fc.array(fc.string(), { maxLength: 3 }),
  traceparent: fc.option(fc.string()),
});

test('a reading comes out of the codec as it went in, its source readable without decoding the rest', () => {
  fc.assert(
    fc.property(fc.array(readings, { maxLength: 20 }), (values) => {
      const encoded = values.map((value) => readingCodec.encode(value));
      encoded.forEach((bytes, index) => {
        assert.equal(peekSource(bytes), values[index]?.source);
        assert.deepEqual(
          { ...readingCodec.decode(bytes), position: undefined },
          { ...values[index], position: undefined },
        );
        assert.deepEqual(
          plain(readingCodec.decode(bytes).position),
          plain(values[index]?.position),
        );
      });
    }),
  );
});

test('a value larger than a slab is encoded whole', () => {
  const letter = { ...deadLetter, bytes: Buffer.alloc(300_000, 7) };
  assert.deepEqual(deadLetterCodec.decode(deadLetterCodec.encode(letter)).bytes, letter.bytes);
});

test('bytes that are no record throw RECORD_UNDECODABLE or SCHEMA_UNKNOWN and never anything else', () => {
  const valid = deadLetterCodec.encode(deadLetter);
  fc.assert(
    fc.property(fc.nat(valid.length), fc.uint8Array({ maxLength: 20 }), (at, garbage) => {
      const bytes = Buffer.concat([valid.subarray(0, at), garbage]);
      try {
        deadLetterCodec.decode(bytes);
      } catch (error) {
        assert.match(
          (error as { code?: string }).code ?? String(error),
          /^(RECORD_UNDECODABLE|SCHEMA_UNKNOWN)$/,
        );
      }
    }),
  );
});

test('a record of another topic is told from one of this by its schema id, and refused with a sentence', () => {
  const bytes = readingCodec.encode(makeReading({}));
  assert.throws(() => deadLetterCodec.decode(bytes), {
    code: 'RECORD_UNDECODABLE',
    message: /should be a millrace\.DeadLetter; its schema id \d+ is that of another kind/,
  });
});

const deadLetter = {
  id: 'd1',
  source: 's',
  stage: 'ingress',
  reason: 'payload-not-json',
  detail: '',
  place: null,
  topic: null,
  contentType: 'application/json',
  bytes: Buffer.from('x'),
  totalBytes: 1,
  sha256: null,
  eventId: null,
  receivedAt: 0,
  deadAt: 0,
  part: null,
  parts: null,
};
