import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toJsonNumber } from '../../../formats/json/number-notation.ts';
import { plainValue } from '../../../formats/plain-value.ts';

const room = { topic: 'home/{room}/x', entity: { type: 'room', id: '{room}' } } as const;

function decode(field: object, payload: string, more: object = {}) {
  const format = plainValue({ ...room, ...more, fields: { x: field } });
  assert.deepEqual(format.faults, []);
  const [outcome] = format.decode({ topic: 'home/hall/x', payload: Buffer.from(payload) });
  if (outcome?.kind !== 'ok') return outcome && 'reason' in outcome ? outcome.reason : undefined;
  const { numbers, flags, texts } = outcome.observation;
  return { ...numbers, ...flags, ...texts }.x;
}

test('a payload is read by the kind of its field', () => {
  assert.equal(decode({ unit: 'Cel' }, ' 21.50\n'), 21.5);
  assert.equal(decode({ kind: 'number' }, '+007.'), 7);
  assert.equal(decode({ kind: 'decimal' }, '0012345678901234567890.10'), '12345678901234567890.10');
  assert.equal(decode({ kind: 'text' }, ' ON '), ' ON ');
  assert.equal(decode({ kind: 'flag' }, 'Off'), false);
  assert.equal(decode({ kind: 'flag' }, '1'), true);
  assert.equal(decode({ kind: 'flag' }, 'maybe'), 'type-mismatch');
  assert.equal(decode({ kind: 'number' }, '1e999'), 'number-not-finite');
  assert.equal(decode({ kind: 'number' }, ''), 'payload-empty');
});

test('without a kind a payload is what it looks like', () => {
  assert.equal(decode({}, '21.5'), 21.5);
  assert.equal(decode({}, 'TRUE'), true);
  assert.equal(decode({}, 'eco'), 'eco');
  assert.equal(decode({}, '.'), '.');
});

test('words for true and false, for nothing, and the decimal comma can be declared', () => {
  assert.equal(decode({ kind: 'flag' }, 'OPEN', { flags: { open: true, closed: false } }), true);
  assert.equal(decode({}, 'NaN', { absent: ['NaN'] }), 'not-a-reading');
  assert.equal(decode({}, '', { absent: [''] }), 'not-a-reading');
  assert.equal(decode({ unit: 'Cel' }, '-21,5', { decimal: ',' }), -21.5);
  assert.equal(decode({ unit: 'Cel' }, '-21.5', { decimal: ',' }), 'type-mismatch');
});

test('the topic tells which field, and topics of other things are set aside', () => {
  const format = plainValue({
    topic: 'home/{room}/{quantity}',
    entity: { type: 'room', id: '{room}' },
    field: '{quantity}',
    fields: { temperature: { of: 'temp', unit: 'Cel' }, light: { kind: 'flag' } },
  });
  assert.deepEqual(format.emits, { room: ['temperature', 'light'] });
  assert.deepEqual(format.topics, ['home/+/+']);
  const kindOf = (topic: string) => format.decode({ topic, payload: Buffer.from('1') })[0]?.kind;
  assert.equal(kindOf('home/hall/temp'), 'ok');
  assert.equal(kindOf('home/hall/temperature'), 'drop');
  assert.equal(kindOf('home/hall'), 'deadLetter');
});

test('several fields without a placeholder that tells them apart refuse the start', () => {
  const faults = (declaration: object) =>
    plainValue(declaration as never).faults?.map(({ path }) => path);
  assert.deepEqual(faults({ ...room, fields: { x: {}, y: {} } }), ['field']);
  assert.deepEqual(faults({ ...room, field: '{other}', fields: { x: {} } }), ['field']);
  assert.deepEqual(faults({ ...room, fields: { x: { path: '$' } } }), ['fields.x.path']);
  assert.ok((faults(undefined as never)?.length ?? 0) > 0);
});

test('numbers as people write them become JSON numbers, and nothing else does', () => {
  for (const [text, expected] of [
    ['1', '1'],
    ['-0', '-0'],
    ['00', '0'],
    ['+.5', '0.5'],
    ['5.', '5'],
    ['1E+3', '1E+3'],
    ['1 2', undefined],
    ['0x10', undefined],
    ['1,5', undefined],
    ['', undefined],
    ['-', undefined],
    ['.', undefined],
  ] as const)
    assert.equal(toJsonNumber(text), expected);
  assert.equal(toJsonNumber('1,5', ','), '1.5');
  assert.equal(toJsonNumber('1,5,0', ','), undefined);
});
