import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Registry } from 'prom-client';
import { makeDataFolder } from '../../cli/bench/millrace-process.ts';
import { readingCodec } from '../../core/codec.ts';
import { createEvents } from '../../core/events.ts';
import type { LogReader } from '../../core/log/event-log.ts';
import { openLog } from '../../core/log/open-log.ts';
import { pipelineTopics } from '../../core/log/pipeline-topics.ts';
import { rawTopic } from '../../core/topics.ts';
import { startWebhookIngress } from '../../services/webhook-ingress/main.ts';
import { withoutEngine } from '../support/require-stack.ts';
import { startKafka } from '../support/servers/start-kafka.ts';
import { testSettings } from '../support/test-settings.ts';
import { until } from '../support/until.ts';
import { postDelivery, webhookPipeline } from '../support/webhook-rig.ts';

const at = 1_700_000_000_000_000;
const senders = 20;
const waitMs = 90_000;

test('promises 1 and 7: while Kafka is away deliveries are answered 503 within seconds, and afterwards each is there once', {
  timeout: 240_000,
  skip: withoutEngine(),
}, async (t) => {
  const kafka = await startKafka({ own: true });
  const folder = await makeDataFolder();
  const { brokers } = kafka;
  const settings = testSettings(folder.path, {
    kafka: { brokers, topicPrefix: 'away.', sasl: undefined, tls: undefined, replication: 1 },
    partitions: 3,
  });
  const metrics = new Registry();
  const destination = { write: () => undefined };
  const events = createEvents({ level: 'silent', metrics, destination });
  const log = await openLog({ settings, events });
  const pipeline = webhookPipeline;
  await log.createTopics(pipelineTopics(pipeline, settings));
  const now = () => Date.now() * 1000;
  const ingress = await startWebhookIngress({ pipeline, settings, log, events, metrics, now });
  const answered = new Map<number, number>();
  let slowestMs = 0;
  let next = 0;
  const deliver = async () => {
    const n = next++;
    const source = n % 2 === 0 ? 'timed' : 'untimed';
    const body = JSON.stringify({ m: 'a', n, ...(source === 'timed' && { at: at + n }) });
    for (;;) {
      const startedMs = performance.now();
      const { status } = await postDelivery(`${ingress.url}/webhooks/${source}`, body, {
        id: `d${n}`,
      });
      slowestMs = Math.max(slowestMs, performance.now() - startedMs);
      answered.set(status, (answered.get(status) ?? 0) + 1);
      if (status === 202 || status === 200) return;
      // As `Retry-After` says, but sooner.
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  };
  let isOver = false;
  const sender = async () => {
    while (!isOver) await deliver();
  };
  try {
    const sending = Promise.all(Array.from({ length: senders }, sender));
    await until(() => (answered.get(202) ?? 0) > 200);
    await kafka.halt();
    await until(() => (answered.get(503) ?? 0) > 3 * senders, waitMs);
    assert.equal(ingress.health().ready, false);
    await kafka.resume();
    const before = answered.get(202) ?? 0;
    await until(() => (answered.get(202) ?? 0) > before + 200, waitMs);
    isOver = true;
    await sending;
    await until(() => ingress.health().ready);
    const ids = await eventIds(log);
    assert.equal(new Set(ids.values()).size, next, 'each delivery is one reading by its id');
    assert.equal(ids.size, next, 'under one id');
    assert.deepEqual(
      [...answered.keys()].filter((status) => ![200, 202, 503].includes(status)),
      [],
    );
    // 8 s at the ingress (`maxLogWaitMs`), and what a busy machine adds.
    assert.ok(slowestMs < 20_000, `${slowestMs} ms`);
    t.diagnostic(
      `${next} deliveries, answers ${JSON.stringify(Object.fromEntries(answered))}, the slowest after ${Math.round(slowestMs)} ms`,
    );
  } finally {
    isOver = true;
    await ingress.stop();
    await log.close();
    await kafka.stop();
    await folder.remove();
  }
});

/** Event id -> number. */
async function eventIds(log: LogReader): Promise<Map<string, number | undefined>> {
  const ids = new Map<string, number | undefined>();
  for await (const cut of log.tail([rawTopic], { from: 'earliest' })) {
    for (const { value } of cut.batches.flatMap(({ records }) => records)) {
      if (!value) continue;
      const { eventId, numbers } = readingCodec.decode(value);
      ids.set(eventId, numbers.n);
    }
    if (cut.atEnd) break;
  }
  return ids;
}
