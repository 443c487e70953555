import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  epochMicros,
  epochNanosMicros,
  isTimeZone,
  parseLocal,
  parseRfc3339,
} from '../../../core/time.ts';

const local = (
  text: string,
  zone = 'America/Chicago',
  doubled: 'earlier' | 'later' = 'earlier',
) => {
  const parsed = parseLocal(text, zone, doubled);
  return 'micros' in parsed ? new Date(parsed.micros / 1000).toISOString() : parsed.fault;
};

test('RFC 3339 is read to the microsecond, with offsets and what devices make of it', () => {
  assert.equal(parseRfc3339('2024-02-13T16:32:59.931Z'), 1_707_841_979_931_000);
  assert.equal(parseRfc3339('2024-02-13T18:32:59.931271+02:00'), 1_707_841_979_931_271);
  assert.equal(parseRfc3339('2024-02-13 16:32:59,9312719999Z'), 1_707_841_979_931_271);
  assert.equal(parseRfc3339('2024-02-13t11:02:59.9-0530'), 1_707_841_979_900_000);
  assert.equal(parseRfc3339('2016-12-31T23:59:60Z'), parseRfc3339('2017-01-01T00:00:00Z'));
});

test('what is no time, or before 1970, is none', () => {
  for (const text of [
    '',
    'now',
    '2024-02-30T00:00:00Z',
    '2024-13-01T00:00:00Z',
    '2023-02-29T00:00:00Z',
    '2024-02-13T25:00:00Z',
    '2024-02-13T16:32:59',
    '2024-02-13T16:60:00Z',
    '1969-12-31T23:59:59Z',
    '0024-02-13T16:32:59Z',
    '2024-02-13T16:32:59+24:00',
    ' 2024-02-13T16:32:59Z',
  ])
    assert.equal(parseRfc3339(text), undefined, text);
});

test('every time that JavaScript writes is read back', () => {
  fc.assert(
    fc.property(
      fc.date({ min: new Date(0), max: new Date('2250-01-01'), noInvalidDate: true }),
      (date) => parseRfc3339(date.toISOString()) === date.getTime() * 1000,
    ),
  );
});

test('counts since 1970 are read in their unit, and nanoseconds from their digits', () => {
  assert.equal(epochMicros(1707841979.931, 's'), 1_707_841_979_931_000);
  assert.equal(epochMicros(1707841979931.5, 'ms'), 1_707_841_979_931_500);
  assert.equal(epochMicros(1707841979931271, 'us'), 1_707_841_979_931_271);
  assert.equal(epochNanosMicros('1707841979931271999'), 1_707_841_979_931_271);
  assert.equal(epochNanosMicros('999'), 0);
  assert.equal(epochMicros(-1, 's'), undefined);
  assert.equal(epochMicros(1e300, 's'), undefined);
  assert.equal(epochNanosMicros('1.5'), undefined);
});

test('local times get their zone; the hour that is there twice is the one declared, the one that is not is none', () => {
  assert.equal(local('2015-07-01 12:00:00'), '2015-07-01T17:00:00.000Z');
  assert.equal(local('2015-01-01T12:00'), '2015-01-01T18:00:00.000Z');
  assert.equal(local('2015-11-01 01:30:00'), '2015-11-01T06:30:00.000Z');
  assert.equal(
    local('2015-11-01 01:30:00', 'America/Chicago', 'later'),
    '2015-11-01T07:30:00.000Z',
  );
  assert.equal(local('2015-03-08 01:59:59'), '2015-03-08T07:59:59.000Z');
  assert.equal(local('2015-03-08 02:00:00'), 'nonexistent');
  assert.equal(local('2015-03-08 02:59:59'), 'nonexistent');
  assert.equal(local('2015-03-08 03:00:00'), '2015-03-08T08:00:00.000Z');
  assert.equal(local('2015-02-29 03:00:00'), 'invalid');
  assert.equal(local('2015-03-08T02:30:00Z'), 'invalid');
  assert.equal(
    local('2024-04-07 01:45:00', 'Australia/Lord_Howe', 'later'),
    '2024-04-06T15:15:00.000Z',
  );
  assert.equal(local('1972-01-07 00:44:29', 'Africa/Monrovia'), 'nonexistent');
});

test('zones are those of the tz database', () => {
  assert.ok(isTimeZone('America/Chicago'));
  assert.ok(!isTimeZone('America/Chicagoo'));
});
