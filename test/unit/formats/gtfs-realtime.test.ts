import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { FormatMemory, FormatOutcome } from '../../../core/format.ts';
import { gtfsRealtime } from '../../../formats/gtfs-realtime.ts';
import { mapMemory } from '../../support/map-memory.ts';

const topic = '/polls/feed';

function goldenFeed(name: string): Buffer {
  const bytes = readFileSync(new URL(`../../golden/gtfs-realtime/${name}/input`, import.meta.url));
  return bytes.subarray(bytes.indexOf('\n') + 1);
}

function differentialFeed(seconds: number, entity: (writer: BinaryWriter) => void): Uint8Array {
  const writer = new BinaryWriter();
  writer.tag(1, WireType.LengthDelimited).fork();
  writer.tag(2, WireType.Varint).uint32(1).tag(3, WireType.Varint).uint64(seconds).join();
  writer.tag(2, WireType.LengthDelimited).fork();
  entity(writer);
  return writer.join().finish();
}

function observations(outcomes: readonly FormatOutcome[]) {
  return outcomes.flatMap((outcome) => (outcome.kind === 'ok' ? [outcome.observation] : []));
}

test('a feed that says what has left it clears the vehicle that it had named before', () => {
  const memory: FormatMemory = mapMemory();
  const format = gtfsRealtime();
  const here = differentialFeed(1_707_841_980, (writer) => {
    writer.tag(1, WireType.LengthDelimited).string('e1');
    writer.tag(4, WireType.LengthDelimited).fork();
    writer.tag(8, WireType.LengthDelimited).fork();
    writer.tag(1, WireType.LengthDelimited).string('bus 7').join().join();
  });
  const gone = differentialFeed(1_707_841_990, (writer) => {
    writer.tag(1, WireType.LengthDelimited).string('e1').tag(2, WireType.Varint).bool(true);
  });
  const [seen] = observations(format.decode({ topic, payload: here, memory }));
  assert.deepEqual([seen?.entityId, seen?.flags.inFeed], ['bus 7', true]);
  const [left] = observations(format.decode({ topic, payload: gone, memory }));
  assert.deepEqual(
    [left?.entityType, left?.entityId, left?.flags.inFeed, left?.observedAt],
    ['vehicle', 'bus 7', false, 1_707_841_990_000_000],
  );
  const again = format.decode({ topic, payload: gone, memory });
  assert.deepEqual(again, [{ kind: 'drop', reason: 'not-a-reading' }]);
});

test('parts that are not taken are set aside, and need no model', () => {
  const format = gtfsRealtime({ take: ['trips'] });
  assert.deepEqual(Object.keys(format.emits), ['trip']);
  const outcomes = format.decode({ topic, payload: goldenFeed('vehicle-positions') });
  assert.ok(outcomes.every(({ kind }) => kind === 'drop'));
  const trips = observations(format.decode({ topic, payload: goldenFeed('trip-updates') }));
  assert.deepEqual(new Set(trips.map(({ entityType }) => entityType)), new Set(['trip']));
});

test('an entity that stands unchanged in the next copy of a feed is the same reading, a changed one another', () => {
  const format = gtfsRealtime();
  const idsOf = (payload: Uint8Array) =>
    observations(format.decode({ topic, payload })).map(({ id }) => id);
  const feed = goldenFeed('vehicle-positions');
  const later = Buffer.from(feed);
  // The header's time, without which the first vehicle says its own.
  const at = later.indexOf(Buffer.from([0x18]));
  later[at + 1] = ((later[at + 1] ?? 0) + 1) | 0x80;
  const [before, after] = [idsOf(feed), idsOf(later)];
  assert.equal(after[0], before[0]);
  assert.notEqual(after[1], before[1]);
});

test("a trip's delay is that of the next stop, and of a stop that is passed only where no other is told", () => {
  const trips = observations(
    gtfsRealtime({ take: ['trips'] }).decode({ topic, payload: goldenFeed('trip-updates') }),
  );
  assert.deepEqual(
    trips.map(({ entityId, numbers, texts }) => [entityId, numbers.delay, texts.stop]),
    [
      ['trip-1', 60, 'B'],
      ['frequency-expanded-trip/11:15:35', -2, 'B'],
      ['trip-9', undefined, undefined],
      ['trip-10', 90, undefined],
    ],
  );
});

test('a feed of more entities than any city has is a dead letter', () => {
  const entity = Buffer.from([0x12, 0x02, 0x0a, 0x00]);
  const header = Buffer.from([0x0a, 0x02, 0x10, 0x00]);
  const payload = Buffer.concat([header, ...Array.from({ length: 20_001 }, () => entity)]);
  const [outcome] = gtfsRealtime().decode({ topic, payload });
  assert.ok(outcome?.kind === 'deadLetter');
  assert.equal(outcome.reason, 'payload-too-large');
  assert.match(outcome.detail, /more than 20000 parts/);
});

function feedOfOneTrip(stops: number, stopId: string): Uint8Array {
  const writer = new BinaryWriter();
  writer.tag(1, WireType.LengthDelimited).fork();
  writer.tag(3, WireType.Varint).uint64(1_707_841_980).join();
  writer.tag(2, WireType.LengthDelimited).fork();
  writer.tag(1, WireType.LengthDelimited).string('e1').tag(3, WireType.LengthDelimited).fork();
  writer.tag(1, WireType.LengthDelimited).fork();
  writer.tag(1, WireType.LengthDelimited).string('trip-1').join();
  for (let stop = 0; stop < stops; stop++) {
    writer.tag(2, WireType.LengthDelimited).fork().tag(1, WireType.Varint).uint32(stop);
    writer.tag(4, WireType.LengthDelimited).string(stopId).join();
  }
  return writer.join().join().finish();
}

test('the time that a trip takes grows with its stops, and not with their square', () => {
  const payload = feedOfOneTrip(19_000, 'x'.repeat(100));
  // Of the processor: others may keep the machine busy.
  const before = process.cpuUsage();
  const outcomes = gtfsRealtime().decode({ topic, payload });
  const tookMs = process.cpuUsage(before).user / 1000;
  assert.equal(outcomes.length, 19_001);
  assert.ok(tookMs < 1_500, `${tookMs} ms`);
});

test('a feed of more readings than are taken of one payload is a dead letter that says how to take them', () => {
  const payload = feedOfOneTrip(20_000, 's');
  const [outcome, ...others] = gtfsRealtime().decode({ topic, payload });
  assert.ok(outcome?.kind === 'deadLetter');
  assert.equal(others.length, 0);
  assert.equal(outcome.reason, 'payload-too-large');
  assert.match(outcome.detail, /more than 20000 parts.*`take`.*`maxReadings`/);
  assert.equal(gtfsRealtime({ maxReadings: 20_001 }).decode({ topic, payload }).length, 20_001);
  assert.equal(gtfsRealtime({ take: ['trips'] }).decode({ topic, payload }).length, 1);
});

test('a feed that is refused for its size has forgotten no name of what left it', () => {
  const memory = mapMemory();
  memory.put('e1', '["vehicle","bus 7"]');
  const format = gtfsRealtime({ maxReadings: 1 });
  const entity = (writer: BinaryWriter) => {
    writer.tag(1, WireType.LengthDelimited).string('e1').tag(2, WireType.Varint).bool(true).join();
    writer.tag(2, WireType.LengthDelimited).fork().tag(1, WireType.LengthDelimited).string('e2');
    writer.tag(2, WireType.Varint).bool(true);
  };
  const [outcome] = format.decode({
    topic,
    payload: differentialFeed(1_707_841_980, entity),
    memory,
  });
  assert.equal(outcome?.kind, 'deadLetter');
  assert.equal(memory.get('e1'), '["vehicle","bus 7"]');
});

test('a number of readings to take that is none is a mistake of the configuration', () => {
  for (const maxReadings of [0, -1, 1.5, Number.NaN]) {
    const [fault] = gtfsRealtime({ maxReadings }).faults ?? [];
    assert.deepEqual([fault?.path, fault?.came], ['maxReadings', String(maxReadings)]);
  }
  assert.equal(gtfsRealtime().faults?.length ?? 0, 0);
});
