import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTailFrom } from '../../../cli/tail/parse-tail-from.ts';
import { parseWhere } from '../../../cli/tail/where.ts';
import { UsageError } from '../../../cli/usage-error.ts';

const reading = {
  entityId: 'a=b',
  numbers: { speed: 12.5 },
  flags: { doors: false },
  tags: { line: '550' },
  position: { lat: 60.1, lon: 24.9 },
};

test('field=value finds a field at the top and among numbers, flags, texts and tags', () => {
  for (const text of ['speed=12.5', 'doors=false', 'line=550', 'entityId=a=b', 'position.lat=60.1'])
    assert.equal(parseWhere(text)(reading), true, text);
  for (const text of ['speed=12', 'numbers=12.5', 'nothing=', 'line=55'])
    assert.equal(parseWhere(text)(reading), false, text);
});

test('a JSONPath filter looks at the value', () => {
  assert.equal(parseWhere('@.numbers.speed > 12 && @.tags.line == "550"')(reading), true);
  assert.equal(parseWhere('@.numbers.speed > 13')(reading), false);
  assert.equal(parseWhere('@.numbers.rain')(reading), false);
});

test('a filter that is none is wrong usage', () => {
  assert.throws(() => parseWhere('@.numbers.speed >'), UsageError);
});

test('a tail begins at an end, at a time or a span back', () => {
  const nowMs = Date.parse('2026-05-01T12:00:00Z');
  assert.equal(parseTailFrom('earliest', nowMs), 'earliest');
  assert.deepEqual(parseTailFrom('15m', nowMs), { timeMs: nowMs - 900_000 });
  assert.deepEqual(parseTailFrom('2026-05-01T08:00:00Z', nowMs), {
    timeMs: Date.parse('2026-05-01T08:00:00Z'),
  });
  assert.throws(() => parseTailFrom('tomorrow', nowMs), UsageError);
});
