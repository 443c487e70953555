import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encode } from 'cborg';
import type { Format } from '../../../core/format.ts';
import { cbor } from '../../../formats/cbor.ts';
import { cloudEvents } from '../../../formats/cloud-events.ts';
import { csv } from '../../../formats/csv.ts';
import { json } from '../../../formats/json.ts';

const event = (changes: object) => ({
  specversion: '1.0',
  id: 'e1',
  source: '/s',
  type: 't',
  subject: 'x',
  ...changes,
});

const decode = (format: Format, value: unknown) => {
  assert.deepEqual(format.faults, []);
  return format.decode({ topic: 'a', payload: Buffer.from(JSON.stringify(value)) });
};

const observed = (format: Format, value: unknown) =>
  decode(format, value).map((outcome) =>
    outcome.kind === 'ok' ? outcome.observation : 'reason' in outcome ? outcome.reason : outcome,
  );

const lamps = { entity: { type: 'lamp', id: '{subject}' }, fields: { on: '$.on' } } as const;
const time = '2024-01-01T00:00:00Z';
const micros = 1_704_067_200_000_000;

test("an event's source and id are its reading's id, and its time the reading's", () => {
  const [reading] = observed(
    cloudEvents({ data: json(lamps) }),
    event({ time, data: { on: true } }),
  );
  assert.ok(typeof reading === 'object' && 'id' in reading);
  assert.equal(reading.id, '/s e1');
  assert.equal(reading.observedAt, micros);
  assert.equal(reading.entityId, 'x');
});

test('data that have an id and a time of their own keep them, and of several readings each has an id', () => {
  const data = json({
    ...lamps,
    each: '$.lamps[*]',
    id: '$.id',
    time: { path: '$.at', unit: 's', optional: true },
  });
  const value = event({ time, data: { lamps: [{ on: true, id: 'own', at: 7 }, { on: false }] } });
  assert.deepEqual(
    observed(cloudEvents({ data }), value).map(
      (reading) =>
        typeof reading === 'object' && 'id' in reading && [reading.id, reading.observedAt],
    ),
    [
      ['own', 7_000_000],
      ['/s e1#1', micros],
    ],
  );
});

test('data may be in any format, as bytes, as text or as a value', () => {
  const inCbor = Buffer.from(encode({ on: true })).toString('base64');
  const ofCbor = cloudEvents({ data: cbor(lamps) });
  assert.equal(decode(ofCbor, event({ data_base64: inCbor }))[0]?.kind, 'ok');
  assert.equal(decode(ofCbor, event({ data: { on: true } }))[0]?.kind, 'ok');
  const ofCsv = cloudEvents({
    data: csv({ entity: { type: 'lamp', id: '{$.lamp}' }, fields: { watt: '$.watt' } }),
  });
  const csvEvent = event({ datacontenttype: 'text/csv', time, data: 'lamp,watt\na,1\nb,2\n' });
  assert.deepEqual(
    observed(ofCsv, csvEvent).map(
      (reading) => typeof reading === 'object' && 'id' in reading && reading.id,
    ),
    ['/s e1#0', '/s e1#1'],
  );
});

test('what is no event, or lacks what an event must have, is a dead letter that says so', () => {
  const format = cloudEvents({ data: json(lamps) });
  for (const value of [
    1,
    event({ specversion: '0.3' }),
    event({ specversion: undefined }),
    event({ id: '' }),
    event({ source: null }),
    event({ type: 5 }),
    event({ data_base64: '?' }),
    event({ data_base64: 'AA==', data: 1 }),
  ])
    assert.deepEqual(observed(format, value), ['payload-malformed'], JSON.stringify(value));
  assert.deepEqual(observed(format, event({ time: 'noon' })), ['time-invalid']);
  assert.deepEqual(observed(format, event({ data: {} })), ['path-missing']);
  assert.deepEqual(observed(format, []), ['not-a-reading']);
  const [missing] = decode(format, [event({}), event({ id: undefined })]).slice(1);
  assert.deepEqual(missing, {
    kind: 'deadLetter',
    reason: 'payload-malformed',
    detail: 'Expected the attribute id; came nothing.',
    place: '$[1].id',
  });
});

test('placeholders that no event has refuse the start; extensions can be declared', () => {
  const data = json({ ...lamps, tags: { tenant: '{tenant}' } });
  assert.deepEqual(
    cloudEvents({ data }).faults?.map(({ path }) => path),
    ['data.tags.tenant'],
  );
  assert.deepEqual(cloudEvents({ data, extensions: ['tenant'] }).faults, []);
  const faults = (declaration: object) =>
    cloudEvents(declaration as never).faults?.map(({ path }) => path);
  assert.deepEqual(faults({ data, extensions: ['Tenant'] }), ['extensions[0]']);
  assert.deepEqual(faults({ data: {} })?.slice(0, 1), ['data.name']);
  assert.ok((faults(undefined as never)?.length ?? 0) > 0);
});

test('what its data say of topics, kinds and units an event format says', () => {
  const data = json({
    ...lamps,
    topic: 'lamps/{site}',
    fields: { watt: { path: '$.w', unit: 'W' } },
  });
  const { topics, kinds, units, emits } = cloudEvents({ data });
  assert.deepEqual(
    [topics, kinds, units, emits],
    [data.topics, data.kinds, data.units, data.emits],
  );
});
