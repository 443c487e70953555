import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Registry } from 'prom-client';
import { freePort } from '../../cli/bench/millrace-process.ts';
import { readingCodec } from '../../core/codec.ts';
import { createEvents } from '../../core/events.ts';
import { openLog } from '../../core/log/open-log.ts';
import { pipelineTopics } from '../../core/log/pipeline-topics.ts';
import { entityKey } from '../../core/reading.ts';
import { publishReference } from '../../core/reference/publish-reference.ts';
import { enrichedTopic } from '../../core/topics.ts';
import { startDashboard } from '../../services/dashboard/main.ts';
import { followLiveFeed } from '../support/follow-live-feed.ts';
import { makeReading } from '../support/make-reading.ts';
import { withoutEngine } from '../support/require-stack.ts';
import { startKafka } from '../support/servers/start-kafka.ts';
import { testSettings } from '../support/test-settings.ts';
import { until } from '../support/until.ts';
import { busPipeline } from '../unit/enricher/bus-pipeline.ts';

test('on Kafka a live feed goes on at another dashboard, and after a restart, without gap or repeat; stores that are away keep none of them', {
  skip: withoutEngine(),
  timeout: 120_000,
}, async () => {
  const { brokers } = await startKafka();
  const folder = await mkdtemp(join(tmpdir(), 'millrace-dashboards-'));
  const topicPrefix = `dashboards-${randomUUID()}.`;
  const kafka = { brokers, sasl: undefined, tls: undefined, topicPrefix, replication: 1 };
  // Nothing listens there: databases that are away.
  const away = `127.0.0.1:${await freePort()}`;
  const pipeline = busPipeline();
  const start = async (instance: string) => {
    const settings = testSettings(join(folder, instance), {
      kafka,
      partitions: 3,
      postgresUrl: `postgres://nobody@${away}/nowhere`,
      influx: {
        version: 1,
        url: `http://${away}`,
        database: 'none',
        username: undefined,
        password: undefined,
      },
    });
    const metrics = new Registry();
    const events = createEvents({ level: 'silent', metrics });
    const log = await openLog({ settings, events });
    const now = () => Date.now() * 1000;
    const context = { pipeline, settings, log, events, metrics, now };
    await log.createTopics(pipelineTopics(pipeline, settings));
    await publishReference(context);
    const service = await startDashboard(context);
    const stop = async () => {
      await service.stop();
      await log.close();
    };
    return { log, service, stop, live: `${service.url}/api/v1/live`, url: service.url };
  };
  const one = await start('one');
  const two = await start('two');
  let sent = 0;
  const publish = async (count: number) => {
    const readings = Array.from({ length: count }, () =>
      makeReading({ eventId: `e${sent}`, entityId: `${sent++ % 11}` }),
    );
    await one.log.append(
      readings.map((reading) => ({
        topic: enrichedTopic,
        key: entityKey(reading),
        value: readingCodec.encode(reading),
        timestampMs: Date.now(),
      })),
    );
  };
  const resume = (live: string, cursor: string | undefined) =>
    followLiveFeed(`${live}?lastEventId=${encodeURIComponent(cursor ?? '')}`);
  try {
    const first = followLiveFeed(one.live);
    await until(() => first.snapshots.length === 1);
    assert.equal(first.snapshots[0]?.complete, false);
    await publish(50);
    await until(() => first.readings.length === 50);
    await first.stop();
    await publish(30);
    const second = resume(two.live, first.cursors.at(-1));
    await until(() => second.readings.length === 30);
    await publish(20);
    await until(() => second.readings.length === 50);
    await second.stop();
    await two.stop();
    await publish(10);
    const again = await start('two');
    try {
      const third = resume(again.live, second.cursors.at(-1));
      await until(() => third.readings.length === 10);
      const ids = [first, second, third].flatMap(({ readings }) =>
        readings.map(({ eventId }) => eventId),
      );
      assert.equal(new Set(ids).size, sent);
      assert.equal(ids.length, sent);
      assert.deepEqual(
        [second, third].map(({ resets, snapshots }) => [resets, snapshots]),
        [
          [[], []],
          [[], []],
        ],
      );
      await third.stop();
    } finally {
      await again.stop();
    }
    for (const path of ['entities', 'history', 'series?entity=bus/1&field=speed', 'ledger']) {
      const answer = await fetch(`${one.url}/api/v1/${path}`);
      assert.equal(answer.status, 503, path);
      assert.equal(answer.headers.get('retry-after'), '5');
      assert.match(await answer.text(), /urn:millrace:problem:unavailable/);
    }
    const detail = await until(() => one.service.health().detail);
    assert.equal(one.service.health().ready, true);
    assert.match(detail, /PostgreSQL|postgres/i);
    assert.match(detail, /none at http/);
  } finally {
    await one.stop();
    await rm(folder, { recursive: true });
  }
});
