import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Reading } from '../../../core/reading.ts';
import { enrichedTopic } from '../../../core/topics.ts';
import { followLiveFeed, type LiveFeed } from '../../support/follow-live-feed.ts';
import { makeReading } from '../../support/make-reading.ts';
import { startTestDashboard, type TestDashboard } from '../../support/start-test-dashboard.ts';
import { until } from '../../support/until.ts';

let dashboard: TestDashboard;
let feeds: LiveFeed[] = [];
let counter = 0;

before(async () => {
  dashboard = await startTestDashboard();
});
after(async () => {
  await Promise.all(feeds.map((feed) => feed.stop()));
  await dashboard.stop();
});

function follow(query = '', headers: Record<string, string> = {}): LiveFeed {
  const feed = followLiveFeed(`${dashboard.url}/api/v1/live${query}`, headers);
  feeds = [...feeds, feed];
  return feed;
}

/** Readings of one new entity type, so that tests don't see each other's. */
function newReadings(
  count: number,
  over: Partial<Reading> = {},
): { type: string; readings: Reading[] } {
  const type = `kind-${counter++}`;
  const readings = Array.from({ length: count }, (_, index) =>
    makeReading({
      entityType: type,
      entityId: `${index % 7}`,
      eventId: `${type}-${index}`,
      numbers: { n: index },
      ...over,
    }),
  );
  return { type, readings };
}

const eventIds = (readings: readonly { eventId: string }[]) =>
  readings.map(({ eventId }) => eventId);
const last = <T>(list: readonly T[]): T => {
  const one = list.at(-1);
  assert.ok(one !== undefined);
  return one;
};

test('a feed begins with what is stored and goes on with everything after it', async () => {
  const { type, readings } = newReadings(6);
  await dashboard.publish(readings.slice(0, 2));
  await dashboard.store();
  await dashboard.publish(readings.slice(2, 4));
  const feed = follow(`?type=${type}`);
  await until(() => feed.readings.length === 2);
  await dashboard.publish(readings.slice(4));
  await until(() => feed.readings.length === 4);
  assert.deepEqual(feed.entities.map(({ entityId, numbers }) => [entityId, numbers.n]).sort(), [
    ['0', 0],
    ['1', 1],
  ]);
  assert.deepEqual(eventIds(feed.readings).sort(), eventIds(readings.slice(2)));
  const { unset, eventId, source } = last(feed.readings);
  assert.deepEqual({ unset, source }, { unset: [], source: 'buses' });
  assert.match(eventId, /^kind-/);
  await feed.stop();
});

test('a feed goes on from a cursor, by header or query, without a gap and without a snapshot', async () => {
  const { type, readings } = newReadings(9);
  const first = follow(`?type=${type}`);
  await until(() => first.snapshots.length === 1);
  await dashboard.publish(readings.slice(0, 3));
  await until(() => first.readings.length === 3);
  await first.stop();
  await dashboard.publish(readings.slice(3, 6));
  const cursor = last(first.cursors);
  const byHeader = follow(`?type=${type}`, { 'last-event-id': cursor });
  const byQuery = follow(`?type=${type}&lastEventId=${encodeURIComponent(cursor)}`);
  await dashboard.publish(readings.slice(6));
  for (const feed of [byHeader, byQuery]) {
    await until(() => feed.readings.length >= 6);
    assert.deepEqual(eventIds(feed.readings).sort(), eventIds(readings.slice(3)));
    assert.deepEqual([feed.snapshots, feed.resets], [[], []]);
    await feed.stop();
  }
});

test('many readings come in events of up to 500, and a feed goes on exactly after any of them', async () => {
  const { type, readings } = newReadings(1700);
  const feed = follow(`?type=${type}`);
  await until(() => feed.snapshots.length === 1);
  await dashboard.publish(readings);
  await until(() => feed.readings.length === readings.length);
  assert.ok(feed.readingEvents.every(({ length }) => length <= 500));
  assert.ok(feed.readingEvents.length >= 4);
  let seen = 0;
  for (const [index, event] of feed.readingEvents.entries()) {
    seen += event.length;
    const rest = follow(`?type=${type}&lastEventId=${feed.cursors[index + 1] ?? ''}`);
    await until(() => rest.readings.length >= readings.length - seen);
    const expected = eventIds(readings).filter(
      (id) =>
        !feed.readingEvents
          .slice(0, index + 1)
          .flat()
          .some(({ eventId }) => eventId === id),
    );
    assert.deepEqual(new Set(eventIds(rest.readings)), new Set(expected));
    assert.equal(rest.readings.length, expected.length);
    await rest.stop();
  }
  await feed.stop();
});

test('a big snapshot comes in parts of up to 500, the last one flagged, and it alone has a cursor', async () => {
  const { type, readings } = newReadings(1201);
  await dashboard.publish(readings.map((reading, index) => ({ ...reading, entityId: `${index}` })));
  await dashboard.store();
  const feed = follow(`?type=${type}`);
  await until(() => feed.snapshots.at(-1)?.last);
  assert.deepEqual(
    feed.snapshots.map(({ part, last, complete, entities }) => [
      part,
      last,
      complete,
      entities.length,
    ]),
    [
      [0, false, true, 500],
      [1, false, true, 500],
      [2, true, true, 201],
    ],
  );
  assert.equal(feed.cursors.length, 1);
  await feed.stop();
});

test('a snapshot tells the time of a field that is older than its entity', async () => {
  const { type, readings } = newReadings(2, { entityId: 'one' });
  const [older, newer] = readings;
  assert.ok(older && newer);
  await dashboard.publish([
    { ...older, observedAt: older.observedAt - 1_000_000 },
    { ...newer, numbers: { m: 1 } },
  ]);
  await dashboard.store();
  const feed = follow(`?type=${type}`);
  await until(() => feed.entities.length === 1);
  assert.deepEqual(feed.entities[0]?.numbers, { n: 0, m: 1 });
  assert.equal(feed.entities[0]?.fieldTimes?.n, '2023-11-14T22:13:19.000Z');
  assert.equal(feed.entities[0]?.fieldTimes?.m, undefined);
  await feed.stop();
});

test('a feed is picked by entity, by several types, and by box', async () => {
  const a = newReadings(7);
  const b = newReadings(7);
  const here = { lat: 1, lon: 2, altitude: null };
  const c = newReadings(3, { entityId: 'walker' });
  const byEntity = follow(`?entity=${a.type}/3&entity=${b.type}/4`);
  const byTypes = follow(`?type=${a.type}&type=${b.type}`);
  const byBox = follow(`?type=${c.type}&bbox=1,0,3,2`);
  for (const feed of [byEntity, byTypes, byBox]) await until(() => feed.snapshots.length === 1);
  const [far, near, gone] = c.readings;
  assert.ok(far && near && gone);
  await dashboard.publish([...a.readings, ...b.readings]);
  await dashboard.publish([
    { ...far, position: { ...here, lat: 9 } },
    { ...near, position: here },
    { ...gone, position: { ...here, lat: 9 } },
  ]);
  await until(() => byEntity.readings.length === 2 && byTypes.readings.length === 14);
  await until(() => byBox.readings.length === 2);
  assert.deepEqual(eventIds(byEntity.readings).sort(), [`${a.type}-3`, `${b.type}-4`]);
  assert.deepEqual(eventIds(byBox.readings), [near.eventId, gone.eventId]);
  for (const feed of [byEntity, byTypes, byBox]) await feed.stop();
});

test('a cursor that can not be gone on from brings a reset and a new snapshot', async () => {
  const { type, readings } = newReadings(1);
  await dashboard.publish(readings);
  await dashboard.store();
  const cursors = [
    ['other-log', 'another-log~0.0.0'],
    ['other-log', `${dashboard.log.id}~0.0`],
    ['other-log', `${dashboard.log.id}~999999999.0.0`],
    ['cursor-invalid', 'nonsense'],
  ];
  for (const [reason, cursor] of cursors) {
    const feed = follow(`?type=${type}&lastEventId=${cursor}`);
    await until(() => feed.snapshots.at(-1)?.last);
    assert.deepEqual(
      feed.resets.map((reset) => reset.reason),
      [reason],
    );
    assert.equal(feed.entities.length, 1);
    await feed.stop();
  }
});

test('a cursor older than the log brings a reset that says so', async () => {
  const short = await startTestDashboard();
  try {
    await short.publish([makeReading({ receivedAt: 1_000_000 })]);
    await short.store();
    await short.log.createTopics([
      {
        name: enrichedTopic,
        partitions: 3,
        cleanup: 'delete',
        retentionMs: 1,
        retentionBytes: null,
      },
    ]);
    await until(async () =>
      (await short.log.ranges([enrichedTopic])).some(({ startOffset }) => startOffset > 0),
    );
    const feed = followLiveFeed(`${short.url}/api/v1/live?lastEventId=${short.log.id}~0.0.0`);
    await until(() => feed.snapshots.length === 1);
    assert.deepEqual(
      feed.resets.map(({ reason }) => reason),
      ['expired'],
    );
    assert.equal(feed.entities.length, 1);
    await feed.stop();
  } finally {
    await short.stop();
  }
});

test('when the service stops, its feeds end', async () => {
  const stopping = await startTestDashboard();
  const feed = followLiveFeed(`${stopping.url}/api/v1/live`);
  await until(() => feed.snapshots.length === 1);
  await stopping.stop();
  await feed.ended;
});
