import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Histogram, Registry } from 'prom-client';
import { MillraceError } from '../../../core/errors.ts';
import { createEvents } from '../../../core/events.ts';
import type { ConsumeOptions, EventLog, RecordBatch } from '../../../core/log/event-log.ts';
import { enrichedTopic } from '../../../core/topics.ts';
import { sinkConfig } from '../../../services/sqlite-sink/config.ts';
import { SinkConsumer } from '../../../stores/sink/sink-consumer.ts';
import type { StoreWriter } from '../../../stores/store.ts';
import { testSettings } from '../../support/test-settings.ts';
import { until } from '../../support/until.ts';

const batchOf = (partition: number): RecordBatch => ({
  topic: enrichedTopic,
  partition,
  records: [],
  nextOffset: 1,
});

test('a partition that waits for the store keeps the sink from being ready, whatever the others do', async () => {
  const metrics = new Registry();
  let isAway = true;
  let handle: ConsumeOptions['handle'] = () => assert.fail('not consuming');
  const log = {
    consume: async (options: ConsumeOptions) => {
      handle = options.handle;
      return { stop: async () => undefined };
    },
  } as unknown as EventLog;
  const writer = {
    writeReadings: async ({ partition }: RecordBatch) => {
      if (partition === 0 && isAway) throw new MillraceError('STORE_UNAVAILABLE', 'It is locked.');
      return [];
    },
  } as unknown as StoreWriter;
  const consumer = new SinkConsumer({
    config: {
      ...sinkConfig({ settings: testSettings('') }),
      minBatchIntervalMs: 0,
      retry: { firstMs: 1, maxMs: 1 },
    },
    log,
    writer,
    events: createEvents({ level: 'silent', metrics }),
    metrics: { writeSeconds: new Histogram({ name: 'w', help: 'w', labelNames: ['topic'] }) },
    now: () => 0,
  });
  await consumer.start();
  const waiting = handle(batchOf(0));
  await until(() => !consumer.health().ready);
  await handle(batchOf(1));
  assert.deepEqual(consumer.health(), { ready: false, detail: 'It is locked.' });
  isAway = false;
  await waiting;
  assert.deepEqual(consumer.health(), { ready: true });
  await consumer.stop();
});
