import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Registry } from 'prom-client';
import { openLog } from '../../core/log/open-log.ts';
import { pipelineTopics } from '../../core/log/pipeline-topics.ts';
import { readPollStates } from '../../core/poll/read-poll-states.ts';
import { startEnricher } from '../../services/enricher/main.ts';
import { startPollIngress } from '../../services/poll-ingress/main.ts';
import { openPollRoom, pollPipeline } from '../support/open-poll-room.ts';
import { withoutEngine } from '../support/require-stack.ts';
import { runMillrace } from '../support/run-millrace.ts';
import { startKafka } from '../support/servers/start-kafka.ts';
import { sendJson, startProvider } from '../support/start-provider.ts';
import { testSettings } from '../support/test-settings.ts';
import { until } from '../support/until.ts';

test('a polled source that moves to Kafka by copy-log goes on from its cursor', {
  timeout: 240_000,
  skip: withoutEngine(),
}, async () => {
  const kafkaServer = await startKafka({ own: true });
  const folder = await mkdtemp(join(tmpdir(), 'millrace-poll-move-'));
  let n = 0;
  const provider = await startProvider((_got, response) => {
    n++;
    const at = new Date(Date.UTC(2026, 0, 1, 0, n)).toISOString();
    sendJson(response, [{ id: `t${n}`, at, value: n }]);
  });
  const pipeline = pollPipeline({
    url: `${provider.address}/things`,
    every: '1s',
    jitter: '1ms',
    items: '$[*]',
    cursor: { path: '$[*].at', param: 'since' },
  });
  const room = await openPollRoom(pipeline, { folder });
  const enricher = await startEnricher(room.context);
  const polls = await room.start();
  await room.untilState(({ pages }) => pages >= 2);
  await until(async () => Object.keys(await room.log.committed('enricher')).length > 0);
  await polls.stop();
  const before = await room.state();
  await enricher.stop();
  await room.log.close();
  const asked = provider.got.length;

  const env = {
    MILLRACE_DATA_DIR: folder,
    MILLRACE_KAFKA_BROKERS: kafkaServer.brokers.join(','),
    MILLRACE_KAFKA_PARTITIONS: '3',
  };
  const kafka = {
    brokers: kafkaServer.brokers,
    sasl: undefined,
    tls: undefined,
    topicPrefix: '',
    replication: 1,
  };
  try {
    const copied = await runMillrace(['copy-log'], env);
    assert.equal(copied.code, 0, copied.stderr);
    const settings = testSettings(folder, { partitions: 3, kafka });
    const log = await openLog({ settings });
    await log.createTopics(pipelineTopics(pipeline, settings));
    const context = { ...room.context, settings, log, metrics: new Registry() };
    const moved = await startPollIngress(context);
    try {
      const after = await until(async () => {
        const state = (await readPollStates(log)).get('things');
        return state && state.step > (before?.step ?? 0) ? state : undefined;
      }, 60_000);
      assert.ok(before?.cursor);
      assert.equal(provider.got[asked]?.url.searchParams.get('since'), before.cursor);
      assert.ok(after.pages > before.pages);
    } finally {
      await moved.stop();
      await log.close();
    }
  } finally {
    await provider.close();
    await kafkaServer.stop();
    await rm(folder, { recursive: true });
  }
});
