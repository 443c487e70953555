import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openKafkaLog } from '../../core/log/kafka/open-kafka-log.ts';
import { pipelineTopics } from '../../core/log/pipeline-topics.ts';
import { openSqliteLog } from '../../core/log/sqlite/open-sqlite-log.ts';
import { enrichedTopic } from '../../core/topics.ts';
import { withoutEngine } from '../support/require-stack.ts';
import { runMillrace } from '../support/run-millrace.ts';
import { startKafka } from '../support/servers/start-kafka.ts';
import { testSettings } from '../support/test-settings.ts';
import { busPipeline } from '../unit/enricher/bus-pipeline.ts';

const skip = withoutEngine();
const city = fileURLToPath(new URL('../../examples/city/millrace.config.ts', import.meta.url));
const childScript = fileURLToPath(new URL('./kafka-ends-child.ts', import.meta.url));
const topicPrefix = `ends-${randomUUID().slice(0, 8)}.`;
/** A whole command on a busy machine; one that hangs is killed much later. */
const withinMs = 15_000;

let folder: string;
let broker: string;
before(async () => {
  if (skip) return;
  folder = await mkdtemp(join(tmpdir(), 'millrace-ends-'));
  [broker = ''] = (await startKafka()).brokers;
  const none = { sasl: undefined, tls: undefined };
  const kafka = { brokers: [broker], ...none, topicPrefix, replication: 1 };
  const topics = pipelineTopics(busPipeline({ steps: [] }), testSettings(folder, { kafka }));
  const embedded = await openSqliteLog({ folder });
  await embedded.createTopics(topics);
  await embedded.close();
  const log = await openKafkaLog({ kafka, stateFolder: join(folder, 'kafka') });
  await log.createTopics(topics);
  await log.close();
});
after(async () => {
  if (folder) await rm(folder, { recursive: true });
});

for (const args of [
  ['tail', enrichedTopic, '--no-follow'],
  ['explain', 'nothing'],
  ['dlq', 'ls'],
  ['copy-log', '--dry-run'],
  ['check', '--connect', '--config', city],
]) {
  test(`millrace ${args.slice(0, 2).join(' ')} on Kafka ends by itself`, { skip }, async () => {
    const startedAtMs = performance.now();
    const { code, stderr } = await runMillrace([...args, '--data-dir', folder], {
      MILLRACE_HTTP_PORT: '0',
      MILLRACE_MQTT_LISTEN: 'off',
      MILLRACE_KAFKA_BROKERS: broker,
      MILLRACE_KAFKA_REPLICATION: '1',
      MILLRACE_KAFKA_TOPIC_PREFIX: topicPrefix,
    });
    assert.notEqual(code, null, 'it had to be killed');
    assert.ok(performance.now() - startedAtMs < withinMs, 'it took too long');
    assert.doesNotMatch(stderr, /Warning|Kafka:/);
  });
}

test('a process ends when its log on Kafka is closed, and has warned of nothing', {
  skip,
}, async () => {
  const prefix = `${topicPrefix}child.`;
  const child = spawn(
    process.execPath,
    ['--conditions=millrace-source', childScript, broker, prefix, join(folder, 'child')],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const killed = setTimeout(() => child.kill('SIGKILL'), 60_000);
  let closedAtMs = Number.POSITIVE_INFINITY;
  let stderr = '';
  child.stdout.on('data', () => {
    closedAtMs = performance.now();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  clearTimeout(killed);
  assert.equal(stderr, '');
  assert.equal(code, 0);
  assert.ok(performance.now() - closedAtMs < 3000, 'it stayed after the close');
});
