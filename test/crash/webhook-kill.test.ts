import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  freePort,
  type MillraceProcess,
  makeDataFolder,
  startMillrace,
  startService,
} from '../../cli/bench/millrace-process.ts';
import { readingCodec } from '../../core/codec.ts';
import type { KafkaSettings } from '../../core/config/settings.ts';
import { openLogReader } from '../../core/log/open-log.ts';
import { enrichedTopic } from '../../core/topics.ts';
import {
  type DeliverySender,
  deliverySources,
  openDeliverySender,
  sourceOf,
} from '../support/delivery-sender.ts';
import { differences, isSettled, readLedger } from '../support/read-ledger.ts';
import { withoutEngine } from '../support/require-stack.ts';
import { startKafka } from '../support/servers/start-kafka.ts';
import { testSettings } from '../support/test-settings.ts';
import { until } from '../support/until.ts';

const configPath = fileURLToPath(new URL('webhook-pipeline.config.ts', import.meta.url));
const batch = 600;
const kills = 6;
const killsOfReplicas = 4;
const concurrency = 24;

test('promises 1, 2 and 3 for webhooks: the whole process killed again and again while a sender delivers', {
  timeout: 240_000,
}, async (t) => {
  const folder = await makeDataFolder();
  const ports = { httpPort: await freePort(), mqttPort: await freePort() };
  const port = await freePort();
  const env = { MILLRACE_WEBHOOK_PORT: String(port) };
  const start = () => startMillrace({ configPath, dataDir: folder.path, ...ports, env });
  let millrace = await start();
  const sender = openDeliverySender({ ports: [port], concurrency });
  try {
    for (let kill = 0; kill < kills; kill++) {
      const sending = sender.send(batch);
      const before = sender.acknowledged.length;
      // Somewhere in the middle: each time after another number of answers.
      await until(() => sender.acknowledged.length >= before + 40 + kill * 60);
      await millrace.kill();
      millrace = await start();
      await sending;
    }
    await compare(t, {
      kills,
      sender,
      http: millrace.http,
      dataDir: folder.path,
      kafka: undefined,
    });
  } finally {
    sender.close();
    await millrace.stop();
    await folder.remove();
  }
});

test('promises 1, 2 and 3 for webhooks on Kafka: two replicas, each killed while a sender delivers to both', {
  timeout: 280_000,
  skip: withoutEngine(),
}, async (t) => {
  const { brokers } = await startKafka();
  const topicPrefix = `webhooks-${randomUUID()}.`;
  const kafka = { brokers, topicPrefix, sasl: undefined, tls: undefined, replication: 1 };
  const folders = [await makeDataFolder(), await makeDataFolder()] as const;
  const [first, second] = [await freePort(), await freePort()];
  const [httpPort, opsPort] = [await freePort(), await freePort()];
  const envOf = (port: number) => ({
    MILLRACE_KAFKA_BROKERS: brokers.join(),
    MILLRACE_KAFKA_TOPIC_PREFIX: topicPrefix,
    MILLRACE_WEBHOOK_PORT: String(port),
  });
  // Everything, a replica of the ingress in it; and beside it another replica.
  const startAll = () =>
    startMillrace({
      ...{ configPath, dataDir: folders[0].path, httpPort, mqttPort: 0, env: envOf(first) },
    });
  const startReplica = () =>
    startService('webhook-ingress', {
      ...{ configPath, dataDir: folders[1].path, port: opsPort, env: envOf(second) },
    });
  let all: MillraceProcess = await startAll();
  let replica = await startReplica();
  const sender = openDeliverySender({ ports: [first, second], concurrency, everywhere: true });
  try {
    for (let kill = 0; kill < killsOfReplicas; kill++) {
      const sending = sender.send(batch);
      const before = sender.acknowledged.length;
      await until(() => sender.acknowledged.length >= before + 40 + kill * 60);
      if (kill % 2 === 0) {
        await replica.kill();
        replica = await startReplica();
      } else {
        await all.kill();
        all = await startAll();
      }
      await sending;
    }
    await compare(t, {
      kills: killsOfReplicas,
      sender,
      http: all.http,
      dataDir: folders[0].path,
      kafka,
    });
  } finally {
    sender.close();
    await replica.stop();
    await all.stop();
    for (const folder of folders) await folder.remove();
  }
});

interface Outcome {
  readonly kills: number;
  readonly sender: DeliverySender;
  /** Of the dashboard. */
  readonly http: string;
  readonly dataDir: string;
  readonly kafka: KafkaSettings | undefined;
}

/** The sender's own list against the enriched topic, and the ledger; then all of it once more. */
async function compare(t: TestContext, outcome: Outcome): Promise<void> {
  const { kills, sender, http } = outcome;
  const sent = sender.acknowledged.length;
  const accounts = () =>
    Promise.all(deliverySources.map((source) => until(() => readLedger(http, source))));
  const settled = () =>
    until(async () => {
      const now = await accounts();
      const passedOn = now.reduce((sum, account) => sum + account.passedOn, 0);
      return passedOn >= sent && now.every(isSettled) ? now : undefined;
    }, 90_000);
  await settled();
  const byNumber = await enrichedCounts(outcome);
  const wrong = sender.acknowledged.filter((n) => byNumber.get(`${sourceOf(n)}/${n}`) !== 1);
  assert.deepEqual(wrong, [], 'each is in the enriched topic once');
  assert.equal(byNumber.size, sent, 'and nothing else');

  const identified = sender.acknowledged.filter((n) => sourceOf(n) !== 'plain');
  const statuses = await sender.repeat(identified);
  const known = statuses.filter((status) => status === 200).length;
  // What was done in the last moment before a kill is not known as done, and is harmless all the same.
  assert.ok(known >= identified.length * 0.8, `${known} of ${identified.length} are duplicates`);
  assert.deepEqual(new Set(await sender.repeat(identified)), new Set([200]));
  const last = await settled();
  assert.deepEqual(new Set(last.flatMap(differences)), new Set([0]), 'the ledger is even');
  assert.deepEqual(await enrichedCounts(outcome), byNumber, 'repeats changed nothing');
  t.diagnostic(
    `${kills} kills, ${sent} delivered, ${sender.failed} tries without a 2xx, ${known} of ${identified.length} repeats known, ${last.reduce((sum, one) => sum + one.deduplicated, 0)} readings recognised as repeats`,
  );
}

/** How often each is there, by source and number. */
async function enrichedCounts({ dataDir, kafka }: Outcome): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  const log = await openLogReader(testSettings(dataDir, { kafka }));
  try {
    for await (const cut of log.tail([enrichedTopic], { from: 'earliest' })) {
      for (const { value } of cut.batches.flatMap(({ records }) => records)) {
        if (!value) continue;
        const { source, numbers } = readingCodec.decode(value);
        const key = `${source}/${numbers.n}`;
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
      if (cut.atEnd) return counts;
    }
  } finally {
    await log.close();
  }
  return counts;
}
