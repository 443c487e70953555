import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import fc from 'fast-check';
import { readingCodec } from '../../../core/codec.ts';
import { MillraceError } from '../../../core/errors.ts';
import type { EventLog } from '../../../core/log/event-log.ts';
import { openSqliteLog } from '../../../core/log/sqlite/open-sqlite-log.ts';
import { entityKey, type Reading } from '../../../core/reading.ts';
import { enrichedTopic } from '../../../core/topics.ts';
import { openSqliteReader, openSqliteWriter } from '../../../stores/sqlite/open-sqlite-store.ts';
import type { StoreReader, StoreWriter } from '../../../stores/store.ts';
import { followLiveFeed, type HeardFeed, type LiveFeed } from '../../support/follow-live-feed.ts';
import { makeReading } from '../../support/make-reading.ts';
import { type LiveServer, startLiveServer } from '../../support/start-live-server.ts';
import { until } from '../../support/until.ts';

const partitions = 3;
let folder: string;
let log: EventLog;
let writer: StoreWriter;
let store: StoreReader;
let server: LiveServer;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-live-'));
  log = await openSqliteLog({ folder, reserveBytes: 0 });
  const spec = { name: enrichedTopic, partitions, cleanup: 'delete' } as const;
  await log.createTopics([{ ...spec, retentionMs: null, retentionBytes: null }]);
  writer = await openSqliteWriter({ folder, historyMs: null, logId: log.id });
  store = openSqliteReader({ folder });
});
beforeEach(async () => {
  // So few that clients are served from the ring, from the log, and from both in turn.
  const bounds = { maxReadings: 60, maxFrames: 8 };
  server = await startLiveServer({ log, store, bounds, lingerMs: 50 });
});
afterEach(() => server.stop());
after(async () => {
  await store.close();
  await writer.close();
  await log.close();
  await rm(folder, { recursive: true });
});

const publish = (readings: readonly Reading[]) =>
  log.append(
    readings.map((reading) => ({
      topic: enrichedTopic,
      key: entityKey(reading),
      value: readingCodec.encode(reading),
      timestampMs: Date.now(),
    })),
  );

async function storeUpToEnd(): Promise<void> {
  const { offsets } = await writer.account();
  for await (const cut of log.tail([enrichedTopic], { from: { offsets } })) {
    for (const batch of cut.batches) await writer.writeReadings(batch);
    if (cut.atEnd) return;
  }
}

/** Numbers its readings from 0 for each entity of a run. */
class Numberer {
  readonly #type: string;
  readonly sent = new Map<string, number>();
  constructor(run: number) {
    this.#type = `run-${run}`;
  }
  take(count: number): Reading[] {
    return Array.from({ length: count }, (_, index) => {
      const entityId = `entity-${index % 5}`;
      const n = this.sent.get(entityId) ?? 0;
      this.sent.set(entityId, n + 1);
      const eventId = `${this.#type}-${entityId}-${n}`;
      const observedAt = 1_700_000_000_000_000 + n;
      return makeReading({ entityType: this.#type, entityId, eventId, observedAt, numbers: { n } });
    });
  }
  /** Checks that a feed, over all its connections, has each entity's numbers one after another. */
  check(connections: readonly HeardFeed[]): boolean {
    const next = new Map<string, number>();
    for (const { entities, readings } of connections) {
      for (const { entityType, entityId, numbers } of entities)
        if (entityType === this.#type) next.set(entityId, (numbers.n ?? 0) + 1);
      for (const { entityType, entityId, numbers } of readings) {
        if (entityType !== this.#type) continue;
        assert.equal(numbers.n, next.get(entityId) ?? 0, `${entityId} misses or repeats a reading`);
        next.set(entityId, (numbers.n ?? 0) + 1);
      }
    }
    return [...this.sent].every(([entityId, count]) => next.get(entityId) === count);
  }
}

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('publish' as const),
      count: fc.integer({ min: 1, max: 90 }),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ do: 'store' as const }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('break' as const), client: fc.nat(2) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('resume' as const), client: fc.nat(2) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('pause' as const),
      turns: fc.integer({ min: 1, max: 60 }),
    }),
  },
);

/** Comes back by itself when the server ends its feed, as a browser does. */
class TestClient {
  readonly connections: HeardFeed[] = [];
  #feed: LiveFeed | undefined;

  resume(): void {
    if (this.#feed !== undefined) return;
    const cursor = this.connections.flatMap(({ cursors }) => cursors).at(-1);
    // A connection that broke within its snapshot begins anew.
    if (cursor === undefined) this.connections.length = 0;
    const feed = followLiveFeed(
      `${server.url}${cursor === undefined ? '' : `?lastEventId=${cursor}`}`,
    );
    this.#feed = feed;
    this.connections.push(feed);
    void feed.ended.then(() => {
      if (this.#feed !== feed) return;
      this.#feed = undefined;
      this.resume();
    });
  }

  async break(): Promise<void> {
    const feed = this.#feed;
    this.#feed = undefined;
    await feed?.stop();
  }
}

let runs = 0;

test('whoever comes, goes and resumes at any time misses nothing and gets nothing twice', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      const numberer = new Numberer(runs++);
      const clients = [new TestClient(), new TestClient(), new TestClient()];
      const pending: Promise<unknown>[] = [];
      for (const one of steps) {
        if (one.do === 'publish') pending.push(publish(numberer.take(one.count)));
        else if (one.do === 'store') await storeUpToEnd();
        else if (one.do === 'break') await clients[one.client]?.break();
        else if (one.do === 'resume') clients[one.client]?.resume();
        else for (let turn = 0; turn < one.turns; turn++) await new Promise(setImmediate);
      }
      await Promise.all(pending);
      for (const client of clients) client.resume();
      for (const client of clients) {
        await until(() => numberer.check(client.connections), 10_000);
        assert.deepEqual(
          client.connections.flatMap(({ resets }) => resets),
          [],
        );
        await client.break();
      }
    }),
    { numRuns: 40, endOnFailure: true },
  );
});

test('a client that takes nothing is cut off, and gets everything by its cursor', async () => {
  const numberer = new Numberer(runs++);
  await storeUpToEnd();
  const text = 'x'.repeat(200_000);
  const slow = get(server.url);
  slow.once('response', (response) => response.pause());
  slow.once('error', () => undefined);
  const quick = followLiveFeed(server.url);
  await until(() => quick.snapshots.length === 1);
  for (let batch = 0; batch < 40; batch++)
    await publish(numberer.take(5).map((reading) => ({ ...reading, texts: { text } })));
  await until(() => numberer.check([quick]));
  await until(async () => (await server.metrics.cutOff.get()).values[0]?.value === 1);
  slow.destroy();
  const again = followLiveFeed(`${server.url}?lastEventId=${quick.cursors[0]}`);
  await until(() => numberer.check([{ ...again, entities: quick.entities }]));
  await Promise.all([quick.stop(), again.stop()]);
});

test('a store that is away delays no feed: it begins at once, and says what is missing', async () => {
  const away = {
    ...store,
    snapshot: () => Promise.reject(new MillraceError('STORE_UNAVAILABLE', 'Away.')),
  };
  const alone = await startLiveServer({ log, store: away });
  try {
    const numberer = new Numberer(runs++);
    await publish(numberer.take(3));
    const feed = followLiveFeed(alone.url);
    await until(() => feed.snapshots.length === 1);
    assert.equal(feed.snapshots[0]?.complete, false);
    await publish([makeReading({ eventId: 'after' })]);
    await until(() => feed.readings.some(({ eventId }) => eventId === 'after'));
    assert.equal(feed.readings.length, 1);
    await feed.stop();
  } finally {
    await alone.stop();
  }
});

test('a quiet feed says that it lives, and brings the cursor forward past what its filter leaves out', async () => {
  const filter = { types: ['no-such-type'] };
  const quiet = await startLiveServer({ log, store, filter, heartbeatMs: 30 });
  try {
    const feed = followLiveFeed(quiet.url);
    await until(() => feed.snapshots.length === 1);
    await publish(new Numberer(runs++).take(20));
    const ends = (await log.ranges([enrichedTopic])).map(({ endOffset }) => endOffset).join('.');
    await until(() => feed.heartbeats > 2 && feed.cursors.at(-1) === `${log.id}~${ends}`);
    assert.deepEqual(feed.readings, []);
    await feed.stop();
  } finally {
    await quiet.stop();
  }
});

test('a record that can not be decoded is left out, and hurts no other', async () => {
  const numberer = new Numberer(runs++);
  const feed = followLiveFeed(server.url);
  await until(() => feed.snapshots.length === 1);
  const broken = {
    topic: enrichedTopic,
    key: 'bus/1',
    value: Buffer.from('broken'),
    timestampMs: 1,
  };
  await log.append([broken]);
  await publish(numberer.take(10));
  await until(() => numberer.check([feed]));
  await feed.stop();
});

test('a feed that began without its store gets a whole snapshot when it is back, and every reading after that', async () => {
  let isAway = true;
  const orAway = <T>(answer: () => Promise<T>) =>
    isAway ? Promise.reject(new MillraceError('STORE_UNAVAILABLE', 'Away.')) : answer();
  const comesBack: StoreReader = {
    ...store,
    account: () => orAway(() => store.account()),
    snapshot: (query) => orAway(() => store.snapshot(query)),
  };
  const some = (n: number) =>
    makeReading({ entityType: 'returned', entityId: `${n % 3}`, eventId: `returned-${n}` });
  await publish([some(0), some(1), some(2)]);
  await storeUpToEnd();
  const alone = await startLiveServer({ log, store: comesBack });
  const feed = followLiveFeed(alone.url);
  const returned = () =>
    feed.readings.map(({ eventId }) => eventId).filter((id) => /^ret/.test(id));
  try {
    await until(() => feed.snapshots.length === 1);
    assert.deepEqual([feed.snapshots[0]?.complete, feed.entities.length], [false, 0]);
    await publish([some(3), some(4)]);
    await until(() => returned().length === 2);
    isAway = false;
    await until(() => feed.snapshots.at(-1)?.complete === true && feed.snapshots.at(-1)?.last);
    const keys = feed.entities.map(({ entityType, entityId }) => `${entityType}/${entityId}`);
    for (const id of [0, 1, 2]) assert.ok(keys.includes(`returned/${id}`));
    // The snapshot stands where the store does: what came after that comes after it.
    await until(() => returned().length === 4);
    await publish([some(5)]);
    await until(() => returned().length === 5);
    assert.deepEqual(returned().slice(2).sort(), ['returned-3', 'returned-4', 'returned-5']);
    const next = followLiveFeed(`${alone.url}?lastEventId=${feed.cursors.at(-1)}`);
    await publish([some(6)]);
    await until(() => next.readings.length === 1);
    assert.deepEqual([next.snapshots, next.resets], [[], []]);
    await next.stop();
  } finally {
    await feed.stop();
    await alone.stop();
  }
});
