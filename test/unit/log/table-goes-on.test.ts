import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Registry } from 'prom-client';
import { MillraceError } from '../../../core/errors.ts';
import { createEvents } from '../../../core/events.ts';
import type { NewRecord } from '../../../core/log/event-log.ts';
import { openSqliteLog } from '../../../core/log/sqlite/open-sqlite-log.ts';
import { WorkerClient } from '../../../core/log/sqlite/worker-client.ts';
import { until } from '../../support/until.ts';

const topic = 'models.v1';
const record = (key: string): NewRecord => ({
  topic,
  key,
  value: Buffer.from(key),
  timestampMs: 1,
});

test('a table that could not read the log for a moment is followed again, without a gap', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-table-'));
  const lines: string[] = [];
  const events = createEvents({
    level: 'warn',
    metrics: new Registry(),
    destination: { write: (line) => void lines.push(line) },
  });
  // Nothing is kept in memory: every cut is read from the disk.
  const log = await openSqliteLog({ folder, events, maxRecentBytes: 0 });
  t.after(async () => {
    await log.close();
    await rm(folder, { recursive: true });
  });
  await log.createTopics([
    { name: topic, partitions: 1, cleanup: 'compact', retentionMs: null, retentionBytes: null },
  ]);
  await log.append([record('a')]);
  const table = await log.table(topic);
  assert.equal(table.size, 1);

  let failures = 0;
  const request = WorkerClient.prototype.request;
  const failsOnce = function (this: WorkerClient, ...args: Parameters<typeof request>) {
    if (args[0] !== 'cut' || ++failures > 1) return Reflect.apply(request, this, args);
    return Promise.reject(new MillraceError('LOG_UNAVAILABLE', 'Not now, as the test wants.'));
  };
  t.mock.method(WorkerClient.prototype, 'request', failsOnce as typeof request);
  await log.append([record('b')]);
  await until(() => failures > 0);
  await log.append([record('c')]);
  await until(() => table.size === 3, 5_000);
  assert.ok(lines.some((line) => line.includes('"event":"log.table-failed"')));
});
