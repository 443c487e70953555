import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { newestMicros, oldestMicros } from '../../../core/reading.ts';
import { LineMaker } from '../../../stores/influx/to-line.ts';
import { makeReading } from '../../support/make-reading.ts';

test('tags are in order of their names, fields in order of their groups and names, whatever order they come in', () => {
  const reading = makeReading({
    entityId: 'a b',
    seq: 42,
    numbers: { b: 2, a: 1.5 },
    flags: { z: true, c: false },
    texts: { y: 'say "no"', d: '' },
    tags: { zone: 'x=1', area: 'n,s' },
    position: { lat: 60, lon: -24.5, altitude: null },
  });
  const line =
    'bus,area=n\\,s,entityId=a\\ b,source=buses,zone=x\\=1 ' +
    'a=1.5,b=2,c=f,z=t,d="",y="say \\"no\\"",lat=60,lon=-24.5 1700000000000000042';
  const maker = new LineMaker();
  assert.equal(maker.toLine(reading), line);
  const reordered = { numbers: { a: 1.5, b: 2 }, tags: { area: 'n,s', zone: 'x=1' } };
  assert.equal(maker.toLine({ ...reading, ...reordered }), line);
});

test('an entity whose tags or source change makes lines with the new ones', () => {
  const maker = new LineMaker();
  const line = (over: object) => maker.toLine(makeReading({ numbers: { n: 1 }, ...over }));
  const tagged = (tags: string, source = 'buses') =>
    `bus,entityId=18/1029,source=${source}${tags} n=1 1700000000000000000`;
  assert.equal(line({ tags: { x: '1' } }), tagged(',x=1'));
  assert.equal(line({ tags: { x: '2' } }), tagged(',x=2'));
  assert.equal(line({ tags: {} }), tagged(''));
  assert.equal(line({ tags: { x: '' } }), tagged(''));
  assert.equal(line({ tags: { y: '2' } }), tagged(',y=2'));
  assert.equal(line({ tags: {}, source: 'trams' }), tagged('', 'trams'));
});

test('times are whole nanoseconds, before 1970 and far from it too', () => {
  const maker = new LineMaker();
  const time = (observedAt: number, seq: number) =>
    String(maker.toLine(makeReading({ observedAt, seq, numbers: { n: 1 } })))
      .split(' ')
      .at(-1);
  fc.assert(
    fc.property(
      fc.integer({ min: oldestMicros, max: newestMicros }),
      fc.integer({ min: 0, max: 999 }),
      (observedAt, seq) => {
        assert.equal(time(observedAt, seq), String(BigInt(observedAt) * 1000n + BigInt(seq)));
      },
    ),
    {
      numRuns: 500,
      examples: [
        [999_999, 1],
        [1_000_000, 0],
        [1_000_001, 999],
      ],
    },
  );
  assert.equal(time(0, 0), '0');
  assert.equal(time(0, 7), '7');
  assert.equal(time(-5, 3), '-4997');
  assert.equal(time(2 ** 53 - 2, 999), '9007199254740990999');
});

test('a reading without any value makes no line; NaN, taken names and a seq out of range are refused', () => {
  const maker = new LineMaker();
  const kind = (over: object) => {
    const line = maker.toLine(makeReading(over));
    return typeof line === 'string' ? 'line' : line.kind;
  };
  assert.equal(kind({ tags: { a: 'b' }, unset: ['speed'] }), 'without-fields');
  for (const over of [
    { numbers: { n: Number.NaN } },
    { numbers: { n: Number.POSITIVE_INFINITY } },
    { numbers: { time: 1 } },
    { numbers: { time: 1, z: Number.NaN } },
    { texts: { lat: 'x' } },
    { flags: { '': true } },
    { numbers: { n: 1 }, tags: { entityId: 'x' } },
    { numbers: { n: 1 }, seq: -1 },
    { position: { lat: Number.NaN, lon: 1, altitude: null } },
  ]) {
    assert.equal(kind(over), 'refused', JSON.stringify(over));
    assert.equal(kind({ numbers: { n: 1 } }), 'line', 'the next is as good as ever');
  }
});
