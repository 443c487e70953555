import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Registry } from 'prom-client';
import { createEvents } from '../../../core/events.ts';
import type { ProcessContext, RecordBatch } from '../../../core/log/event-log.ts';
import { rawTopic } from '../../../core/topics.ts';
import { batchHealth } from '../../../services/enricher/batch-health.ts';

const context: ProcessContext = {
  state: () => assert.fail('no state is asked for'),
};
const batchOf = (partition: number): RecordBatch => ({
  topic: rawTopic,
  partition,
  records: [],
  nextOffset: 1,
});

test('a partition whose batch fails keeps the enricher from being ready, whatever the others do', async () => {
  let isBroken = true;
  const events = createEvents({ level: 'silent', metrics: new Registry() });
  const { watch, failed, health } = batchHealth(events);
  const handle = watch(async ({ partition }) => {
    if (partition === 0 && isBroken) throw new Error('broken here');
    return [];
  });
  assert.deepEqual(health(), { ready: true });
  await handle(batchOf(0), context).catch(failed);
  await handle(batchOf(1), context);
  assert.equal(health().ready, false);
  assert.match(health().detail ?? '', /broken here/);
  isBroken = false;
  await handle(batchOf(0), context);
  assert.deepEqual(health(), { ready: true });
});

test('a commit that failed is said until a batch goes through', async () => {
  const events = createEvents({ level: 'silent', metrics: new Registry() });
  const { watch, failed, health } = batchHealth(events);
  failed(new Error('the disk is full'));
  assert.match(health().detail ?? '', /the disk is full/);
  await watch(async () => [])(batchOf(1), context);
  assert.deepEqual(health(), { ready: true });
});
