import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deadLetterCodec, readingCodec } from '../../../core/codec.ts';
import { type EnricherEntry, parseLedgerEntry } from '../../../core/ledger/ledger-entries.ts';
import { deadLettersTopic, enrichedTopic, ledgerTopic, rawTopic } from '../../../core/topics.ts';
import { makeReading } from '../../support/make-reading.ts';
import {
  type EnricherRoom,
  openEnricherRoom,
  rawRecord,
} from '../../support/start-enricher-room.ts';
import { until } from '../../support/until.ts';
import { busPipeline, onlyFast } from './bus-pipeline.ts';

const at = 1_700_000_000_000_000;

async function withRoom(
  work: (room: EnricherRoom) => Promise<void>,
  pipeline = busPipeline({ steps: [onlyFast] }),
): Promise<void> {
  const room = await openEnricherRoom(pipeline);
  try {
    await work(room);
  } finally {
    await room.close();
  }
}

/** Counts over all partitions of the newest entries, as soon as `read` readings of the source are in them. */
function counted(room: EnricherRoom, source: string, read: number) {
  return until(async () => {
    const newest = new Map<string, EnricherEntry>();
    for (const { key, value } of await room.recordsOf(ledgerTopic)) {
      if (value) newest.set(key, parseLedgerEntry<EnricherEntry>(value));
    }
    const sum = { read: 0, deduplicated: 0, filtered: 0, deadLettered: 0, passedOn: 0, derived: 0 };
    for (const { sources } of newest.values()) {
      for (const name of Object.keys(sum) as (keyof typeof sum)[])
        sum[name] += sources[source]?.[name] ?? 0;
    }
    return sum.read >= read ? sum : undefined;
  });
}

test('readings go in raw and come out enriched, filtered, set aside or recognised, and counted', async () => {
  await withRoom(async (room) => {
    const speeds = [36, 72, 1, -5];
    const readings = speeds.map((speed, index) =>
      makeReading({ eventId: `e${index}`, observedAt: at + index, numbers: { speed } }),
    );
    await room.appendReadings([...readings, readings[0] ?? makeReading()]);
    await room.log.append([{ ...rawRecord(makeReading()), value: Buffer.from('dirt') }]);
    const enricher = await room.startEnricher();
    assert.deepEqual(await counted(room, 'buses', 5), {
      read: 5,
      deduplicated: 1,
      filtered: 1,
      deadLettered: 1,
      passedOn: 2,
      derived: 0,
    });
    assert.equal((await counted(room, 'unknown', 1)).deadLettered, 1);
    const out = (await room.recordsOf(enrichedTopic)).map(({ value }) =>
      readingCodec.decode(value as Buffer),
    );
    assert.deepEqual(
      out.map(({ eventId, numbers }) => [eventId, numbers.speed]),
      [
        ['e0', 10],
        ['e1', 20],
      ],
    );
    const dead = (await room.recordsOf(deadLettersTopic)).map(({ value }) =>
      deadLetterCodec.decode(value as Buffer),
    );
    assert.deepEqual(dead.map(({ reason }) => reason).sort(), [
      'out-of-range',
      'record-undecodable',
    ]);
    const broken = dead.find(({ reason }) => reason === 'out-of-range');
    assert.equal(broken?.stage, 'enricher');
    assert.equal(broken?.contentType, 'avro/binary');
    assert.equal(broken?.eventId, 'e3');
    assert.deepEqual({ ...readingCodec.decode(broken?.bytes ?? Buffer.alloc(0)) }, readings[3]);
    assert.deepEqual(dead.find(({ source }) => source === 'unknown')?.bytes, Buffer.from('dirt'));
    assert.match(
      await room.metrics.metrics(),
      /millrace_enricher_readings_total\{source="buses",outcome="passedOn"\} 2/,
    );
    assert.deepEqual(enricher.health(), { ready: true });
    await enricher.stop();
  });
});

test('promise 3: the same readings again after a restart leave nothing new', async () => {
  await withRoom(async (room) => {
    const readings = Array.from({ length: 50 }, (_, index) =>
      makeReading({
        eventId: `e${index}`,
        entityId: `bus-${index % 4}`,
        observedAt: at + (index % 7),
        numbers: { speed: 50 },
      }),
    );
    await room.appendReadings(readings);
    const first = await room.startEnricher();
    assert.equal((await counted(room, 'buses', 50)).passedOn, 50);
    await first.stop();
    room.metrics.clear();
    const second = await room.startEnricher();
    await room.appendReadings(readings.toReversed());
    const counts = await counted(room, 'buses', 100);
    assert.equal(counts.passedOn, 50);
    assert.equal(counts.deduplicated, 50);
    assert.equal((await room.recordsOf(enrichedTopic)).length, 50);
    await second.stop();
  });
});

test('a reading that no step changes is passed on as the very bytes that came', async () => {
  await withRoom(async (room) => {
    const reading = makeReading({ source: 'elsewhere', texts: { route: '5520' } });
    await room.appendReadings([reading]);
    const enricher = await room.startEnricher();
    await counted(room, 'elsewhere', 1);
    const [raw] = await room.recordsOf(rawTopic);
    const [enriched] = await room.recordsOf(enrichedTopic);
    assert.deepEqual(enriched?.value, raw?.value);
    assert.equal(enriched?.timestampMs, raw?.timestampMs);
    await enricher.stop();
  }, busPipeline());
});

test('a batch that fails is told by health and log, comes again, and is enriched once', async () => {
  let isBroken = false;
  const room = await openEnricherRoom(busPipeline(), {
    now: () => {
      if (isBroken) throw new Error('the clock stands');
      return Date.now() * 1000;
    },
  });
  try {
    isBroken = true;
    const enricher = await room.startEnricher();
    await room.appendReadings([makeReading()]);
    const health = await until(() => (enricher.health().ready ? undefined : enricher.health()));
    assert.match(health.detail ?? '', /the clock stands/);
    isBroken = false;
    assert.equal((await counted(room, 'buses', 1)).passedOn, 1);
    assert.ok(enricher.health().ready);
    assert.ok(room.logLines.some((line) => line.includes('enricher.batch-failed')));
    assert.equal((await room.recordsOf(enrichedTopic)).length, 1);
    await enricher.stop();
  } finally {
    await room.close();
  }
});

test('stop is idempotent, and the next start goes on where the last one stood', async () => {
  await withRoom(async (room) => {
    const enricher = await room.startEnricher();
    await Promise.all([enricher.stop(), enricher.stop()]);
    room.metrics.clear();
    await room.appendReadings([makeReading({ numbers: { speed: 50 } })]);
    const next = await room.startEnricher();
    assert.equal((await counted(room, 'buses', 1)).passedOn, 1);
    await next.stop();
  });
});
