import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Registry } from 'prom-client';
import { freePort, makeDataFolder } from '../../cli/bench/millrace-process.ts';
import { readingCodec } from '../../core/codec.ts';
import { createEvents } from '../../core/events.ts';
import type { LogReader } from '../../core/log/event-log.ts';
import { openLog } from '../../core/log/open-log.ts';
import { pipelineTopics } from '../../core/log/pipeline-topics.ts';
import { rawTopic } from '../../core/topics.ts';
import { startMqttIngress } from '../../services/mqtt-ingress/main.ts';
import { numberedPipeline } from '../support/ingress-rig.ts';
import { openNumberedSender } from '../support/numbered-sender.ts';
import { withoutEngine } from '../support/require-stack.ts';
import { startKafka } from '../support/servers/start-kafka.ts';
import { startMosquitto } from '../support/servers/start-mosquitto.ts';
import { testSettings } from '../support/test-settings.ts';
import { until } from '../support/until.ts';

const meters = 10;
const perPart = 3_000;
/** Our Receive Maximum. */
const window = 1_000;
const waitMs = 90_000;

test('promises 1, 5 and 7: Kafka is away while thousands are published: none lost, in order, and no more than the window held', {
  timeout: 240_000,
  skip: withoutEngine(),
}, async (t) => {
  const port = await freePort();
  const lines = ['max_inflight_messages 1000', 'max_queued_messages 0', 'set_tcp_nodelay true'];
  const mosquitto = await startMosquitto({ port, lines });
  const kafka = await startKafka({ own: true });
  const folder = await makeDataFolder();
  const settings = testSettings(folder.path, {
    kafka: {
      brokers: kafka.brokers,
      topicPrefix: 'away.',
      sasl: undefined,
      tls: undefined,
      replication: 1,
    },
    mqtt: brokerAt(mosquitto.url),
    partitions: 3,
  });
  const metrics = new Registry();
  const destination = { write: () => undefined };
  const events = createEvents({ level: 'silent', metrics, destination });
  const log = await openLog({ settings, events });
  await log.createTopics(pipelineTopics(numberedPipeline, settings));
  const now = () => Date.now() * 1000;
  const pipeline = numberedPipeline;
  const ingress = await startMqttIngress({ pipeline, settings, log, events, metrics, now });
  const sender = await openNumberedSender({ port, meters, window: 500 });
  const held = async () =>
    (await metrics.getSingleMetric('millrace_ingress_held_packets')?.get())?.values[0]?.value ?? 0;
  try {
    await until(() => ingress.health().ready);
    await sender.send(perPart);
    await until(async () => distinctOf(await readNumbers(log)) === perPart, waitMs);
    await kafka.halt();
    // Mosquitto takes them: what it has acknowledged is what must not be lost.
    await sender.send(perPart);
    let mostHeld = 0;
    await until(async () => {
      mostHeld = Math.max(mostHeld, await held());
      return /refuses records/.test(ingress.health().detail ?? '');
    }, waitMs);
    await kafka.resume();
    const byMeter = await until(async () => {
      const numbers = await readNumbers(log);
      return distinctOf(numbers) === perPart * 2 && numbers;
    }, waitMs);
    await until(() => ingress.health().ready, waitMs);
    assert.equal(sender.list.acknowledged.length, perPart * 2);
    assert.ok(mostHeld > 0 && mostHeld <= window + 1, `${mostHeld} held`);
    for (const [meter, numbers] of byMeter) {
      const first = [...new Set(numbers)];
      assert.deepEqual(first, first.toSorted(rising), `in the order of ${meter}`);
    }
    const logged = [...byMeter.values()].flat().length;
    t.diagnostic(
      `${perPart * 2} acknowledged, ${logged} in Kafka, 0 lost; ${mostHeld} held at most`,
    );
  } finally {
    await sender.close();
    await ingress.stop();
    await log.close();
    await Promise.all([mosquitto.stop(), kafka.stop()]);
    await folder.remove();
  }
});

function brokerAt(url: string) {
  const none = undefined;
  return {
    url,
    username: none,
    password: none,
    ca: none,
    cert: none,
    key: none,
    clientId: none,
  };
}

const rising = (a: number, b: number) => a - b;
const distinctOf = (byMeter: Map<string, number[]>) => new Set([...byMeter.values()].flat()).size;

/** The numbers of each meter, as the topic has them. */
async function readNumbers(log: LogReader): Promise<Map<string, number[]>> {
  const byMeter = new Map<string, number[]>();
  for await (const { batches, atEnd } of log.tail([rawTopic], { from: 'earliest' })) {
    for (const { value } of batches.flatMap(({ records }) => records)) {
      if (!value) continue;
      const { entityId, numbers } = readingCodec.decode(value);
      const known = byMeter.get(entityId) ?? [];
      known.push(numbers.n ?? -1);
      byMeter.set(entityId, known);
    }
    if (atEnd) break;
  }
  return byMeter;
}
