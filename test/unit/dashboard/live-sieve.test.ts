import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readingCodec } from '../../../core/codec.ts';
import { entityKey, type Reading } from '../../../core/reading.ts';
import { isWithin, LiveSieve } from '../../../services/dashboard/live/live-filter.ts';
import { LiveReading } from '../../../services/dashboard/live/live-reading.ts';
import { makeReading } from '../../support/make-reading.ts';

const box = { west: 10, south: 56, east: 11, north: 57 };
const nothing = { types: undefined, entities: undefined, box: undefined };
const inside = { lat: 56.5, lon: 10.5, altitude: null };
const outside = { lat: 50, lon: 10.5, altitude: null };

function live(over: Partial<Reading> = {}): LiveReading {
  const reading = makeReading(over);
  const record = {
    offset: 0,
    key: entityKey(reading),
    value: readingCodec.encode(reading),
    timestampMs: 0,
  };
  return new LiveReading(0, record);
}

test('types and entities pick by key; both must hold', () => {
  const sieve = new LiveSieve({ ...nothing, types: ['bus'], entities: ['bus/1', 'tram/2'] });
  assert.equal(sieve.passes(live({ entityId: '1' })), true);
  assert.equal(sieve.passes(live({ entityId: '2' })), false);
  assert.equal(sieve.passes(live({ entityType: 'tram', entityId: '2' })), false);
});

test('a box passes who is inside, those without a place who are, and the reading that leaves', () => {
  const sieve = new LiveSieve({ ...nothing, box });
  sieve.begin(['bus/1'], { outside: false, placeless: false });
  assert.equal(sieve.passes(live({ entityId: '1' })), true);
  assert.equal(sieve.passes(live({ entityId: '2' })), false);
  assert.equal(sieve.passes(live({ entityId: '2', position: inside })), true);
  assert.equal(sieve.passes(live({ entityId: '2' })), true);
  assert.equal(sieve.passes(live({ entityId: '1', position: outside })), true);
  assert.equal(sieve.passes(live({ entityId: '1', position: outside })), false);
  assert.equal(sieve.passes(live({ entityId: '1' })), false);
  assert.equal(sieve.passes(live({ entityId: '3', position: outside })), false);
});

test('after a resume an entity that nothing is known of is told once from outside', () => {
  const sieve = new LiveSieve({ ...nothing, box });
  sieve.begin([], { outside: true, placeless: false });
  assert.equal(sieve.passes(live({ position: outside })), true);
  assert.equal(sieve.passes(live({ position: outside })), false);
});

test('a box may lie across the antimeridian', () => {
  const fiji = { west: 177, south: -20, east: -178, north: -15 };
  assert.equal(isWithin(fiji, { lat: -18, lon: 179, altitude: null }), true);
  assert.equal(isWithin(fiji, { lat: -18, lon: -179, altitude: null }), true);
  assert.equal(isWithin(fiji, { lat: -18, lon: 0, altitude: null }), false);
});
