import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Reading } from '../../../core/reading.ts';
import { parseAnswer } from '../../../stores/influx/influx-ql.ts';
import { fromHeldText } from '../../../stores/influx/line-text.ts';
import { makeReading } from '../../support/make-reading.ts';
import type { InfluxUnderTest } from './influx-store-under-test.ts';
import { readingBatch } from './store-under-test.ts';

const start = 1_700_000_000_000_000;
const second = 1_000_000;

function drive(count: number, over: Partial<Reading> = {}) {
  return Array.from({ length: count }, (_, n) =>
    makeReading({
      eventId: `event-${n}`,
      entityId: `bus-${n % 7}`,
      observedAt: start + n * second,
      numbers: { speed: n },
      ...over,
    }),
  );
}

type Row = Readonly<Record<string, unknown>>;

async function rows(store: InfluxUnderTest, statement: string): Promise<readonly Row[]> {
  const [answer] = parseAnswer(await store.query(statement));
  assert.equal(answer?.error, undefined);
  const { columns = [], values = [] } = answer?.series[0] ?? {};
  return values.map((row) => Object.fromEntries(columns.map((name, n) => [name, row[n]])));
}

const points = (store: InfluxUnderTest) => rows(store, 'SELECT * FROM "bus"');
const countsOf = (sources: ReadonlyMap<string, unknown>) => Object.fromEntries(sources);

/** What both versions of InfluxDB do with our points. */
export function influxWritingContract(factory: () => Promise<InfluxUnderTest>): void {
  const withStore = async (work: (store: InfluxUnderTest) => Promise<void>) => {
    const store = await factory();
    try {
      await work(store);
    } finally {
      await store.remove();
    }
  };

  test('a point has the measurement, tags, fields and time that its readers rely on', () =>
    withStore(async (store) => {
      const reading = makeReading({
        observedAt: start + 123_456,
        seq: 7,
        numbers: { speed: 12, load: 0.1, tiny: 5e-324, huge: -1.7e308 },
        flags: { open: true, late: false },
        texts: { line: '55"\\20', fare: '12.30' },
        tags: { operator: '22', empty: '' },
        position: { lat: 60.5, lon: 24, altitude: 3 },
      });
      const { sources } = await (await store.openWriter()).writeReadings(readingBatch([reading]));
      assert.deepEqual(countsOf(sources), { buses: { stored: 1, expired: 0, deadLettered: 0 } });
      assert.deepEqual(await points(store), [
        {
          time: start + 123_456,
          entityId: '18/1029',
          source: 'buses',
          operator: '22',
          ...reading.numbers,
          ...reading.flags,
          ...reading.texts,
          ...reading.position,
        },
      ]);
      // The client asks for microseconds; seq is in the three digits behind them.
      const at = (seq: number) =>
        rows(store, `SELECT "speed" FROM "bus" WHERE time = ${start + 123_456}00${seq}`);
      assert.deepEqual(
        (await Promise.all([6, 7].map(at))).map(({ length }) => length),
        [0, 1],
      );
      const types = await rows(store, 'SHOW FIELD KEYS FROM "bus"');
      assert.equal(types.find(({ fieldKey }) => fieldKey === 'speed')?.fieldType, 'float');
    }));

  test('promise 3: a batch written twice leaves the points of one', () =>
    withStore(async (store) => {
      const writer = await store.openWriter();
      const batch = readingBatch(drive(50));
      const once = await writer.writeReadings(batch);
      const there = await points(store);
      assert.equal(there.length, 50);
      assert.deepEqual(await writer.writeReadings(batch), once);
      assert.deepEqual(await points(store), there);
    }));

  test('promise 4: what InfluxDB refuses is found alone, its neighbours are stored', () =>
    withStore(async (store) => {
      const writer = await store.openWriter();
      await writer.writeReadings(readingBatch(drive(1, { numbers: { heading: 1 } })));
      const readings = drive(40).map((reading, n) =>
        n === 7 || n === 31 ? { ...reading, texts: { heading: 'north' } } : reading,
      );
      const { refusals, sources } = await writer.writeReadings(readingBatch(readings));
      assert.deepEqual(
        refusals.map(({ index }) => index),
        [7, 31],
      );
      assert.match(refusals[0]?.detail ?? '', /field type conflict/);
      assert.deepEqual(countsOf(sources), { buses: { stored: 38, expired: 0, deadLettered: 2 } });
      const speeds = await rows(store, 'SELECT "speed" FROM "bus"');
      const expected = readings.filter((_, n) => n !== 7 && n !== 31);
      assert.deepEqual(
        speeds.map(({ speed }) => speed),
        expected.map(({ numbers }) => numbers.speed),
      );
    }));

  test('a record that is no reading, and one that InfluxDB cannot hold, are refused before they are sent', () =>
    withStore(async (store) => {
      const batch = readingBatch([
        ...drive(1),
        makeReading({ numbers: { speed: Number.NaN } }),
        makeReading({ numbers: { time: 1 } }),
        makeReading({ tags: { source: 'another' }, numbers: { speed: 1 } }),
        makeReading({ seq: 1000, numbers: { speed: 1 } }),
        ...drive(1),
      ]);
      const records = batch.records.map((record, n) =>
        n === 5 ? { ...record, value: Buffer.from('no Avro') } : record,
      );
      const writer = await store.openWriter();
      const { refusals, sources } = await writer.writeReadings({ ...batch, records });
      assert.deepEqual(
        refusals.map(({ index }) => index),
        [1, 2, 3, 4, 5],
      );
      assert.deepEqual(countsOf(sources), {
        buses: { stored: 1, expired: 0, deadLettered: 4 },
        unknown: { stored: 0, expired: 0, deadLettered: 1 },
      });
    }));

  test('a reading without any value makes no point and is counted as stored', () =>
    withStore(async (store) => {
      const writer = await store.openWriter();
      const bare = makeReading({ tags: { operator: '22' }, unset: ['speed'] });
      const { sources, withoutFields } = await writer.writeReadings(
        readingBatch([bare, ...drive(1)]),
      );
      assert.deepEqual(countsOf(sources), { buses: { stored: 2, expired: 0, deadLettered: 0 } });
      assert.equal(withoutFields, 1);
      assert.equal((await points(store)).length, 1);
    }));

  test('readings older than history are counted as expired and not sent; so are those that InfluxDB itself keeps no longer', () =>
    withStore(async (store) => {
      const nowMicros = Date.now() * 1000;
      const observed = (secondsAgo: number) =>
        drive(20).map((reading, n) => ({
          ...reading,
          observedAt: nowMicros - secondsAgo * second - n,
        }));
      const twoHours = 7200_000;
      const writer = await store.openWriter({ historyMs: twoHours, now: () => nowMicros });
      const old = await writer.writeReadings(readingBatch([...observed(7300), ...observed(60)]));
      assert.deepEqual(countsOf(old.sources), {
        buses: { stored: 20, expired: 20, deadLettered: 0 },
      });
      assert.equal((await points(store)).length, 20);
      // The bucket was made for two hours; a configuration that keeps more finds it so.
      const later = await store.openWriter({ historyMs: 2 * twoHours, now: () => nowMicros });
      const again = await later.writeReadings(readingBatch(observed(7300)));
      assert.deepEqual(countsOf(again.sources), {
        buses: { stored: 0, expired: 20, deadLettered: 0 },
      });
      // Our clock is three hours slow: what InfluxDB then drops by its own is no refusal either.
      const slow = await store.openWriter({ now: () => nowMicros - 10_800 * second });
      const dropped = await slow.writeReadings(readingBatch([...observed(7300), ...observed(60)]));
      assert.deepEqual(dropped.refusals, []);
      assert.deepEqual(countsOf(dropped.sources), {
        buses: { stored: 20, expired: 20, deadLettered: 0 },
      });
    }));

  test('every text comes back as it was, in tags and fields, and series find their entity by it', () =>
    withStore(async (store) => {
      const writer = await store.openWriter();
      const reader = await store.openReader();
      const awkward = fc
        .array(
          fc.constantFrom(
            '\\',
            ',',
            ' ',
            '=',
            '"',
            "'",
            '\n',
            '\t',
            '%',
            '%0A',
            '5C',
            '#',
            'ø',
            '🚌',
            ';',
          ),
        )
        .map((parts) => parts.join(''));
      const someText = fc.oneof(awkward, fc.string({ unit: 'grapheme', maxLength: 20 }));
      let fresh = 0;
      const property = fc.asyncProperty(
        fc.uniqueArray(
          someText.map((text) => `x${text}`),
          { minLength: 20, maxLength: 40 },
        ),
        async (texts) => {
          // A measurement of its own, so that the rows are this run's.
          const entityType = `bus-${fresh++}`;
          const readings = texts.map((text, n) =>
            makeReading({
              entityType,
              entityId: text,
              observedAt: start + n,
              tags: { place: text.slice(1) },
              texts: { note: text.slice(1) },
            }),
          );
          const { refusals } = await writer.writeReadings(readingBatch(readings));
          assert.deepEqual(refusals, []);
          const held = await rows(store, `SELECT * FROM "${entityType}"`);
          assert.deepEqual(
            held.map(({ entityId, place, note }) => [
              fromHeldText(String(entityId)),
              fromHeldText(String(place ?? '')),
              note,
            ]),
            texts.map((text) => [text, text.slice(1), text.slice(1)]),
          );
          const series = await reader.series({
            entities: texts.map((entityId) => ({ entityType, entityId })),
            fields: ['note'],
            from: 0,
            to: 2 ** 52,
            fn: 'last',
            maxPoints: 10,
          });
          assert.deepEqual(
            series.map((one) => [one.entityId, one.points[0]?.[1]]),
            texts.map((text) => [text, text.slice(1)]),
          );
        },
      );
      await fc.assert(property, { numRuns: 15 });
    }));

  test('a text of 100,000 characters is stored whole; a tag of 70,000 is refused alone', () =>
    withStore(async (store) => {
      const long = 'ä'.repeat(100_000);
      const writer = await store.openWriter();
      const { refusals } = await writer.writeReadings(
        readingBatch([
          makeReading({ texts: { note: long } }),
          makeReading({ tags: { note: 'x'.repeat(70_000) }, numbers: { speed: 1 } }),
          ...drive(3),
        ]),
      );
      assert.deepEqual(
        refusals.map(({ index }) => index),
        [1],
      );
      const there = await points(store);
      assert.equal(there.length, 4);
      assert.ok(there.some(({ note }) => note === long));
    }));
}
