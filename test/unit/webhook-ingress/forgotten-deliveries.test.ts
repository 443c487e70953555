import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Registry } from 'prom-client';
import { createEvents } from '../../../core/events.ts';
import { openSqliteLog } from '../../../core/log/sqlite/open-sqlite-log.ts';
import { deliveriesTopic } from '../../../core/topics.ts';
import { DeliveryBook } from '../../../services/webhook-ingress/delivery-book.ts';
import { DeliveryDb } from '../../../services/webhook-ingress/delivery-db.ts';
import { until } from '../../support/until.ts';

test('however many deliveries are older than they are kept for, all of them are forgotten', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-forgotten-'));
  const log = await openSqliteLog({ folder });
  await log.createTopics([
    {
      name: deliveriesTopic,
      partitions: 1,
      cleanup: 'delete',
      retentionMs: null,
      retentionBytes: null,
    },
  ]);
  const keptMs = 1000;
  const ofDays = 10_000;
  const db = new DeliveryDb(folder);
  db.save(
    Array.from({ length: ofDays }, (_, n) => ({ key: `s/${n}`, receivedAt: n, done: true })),
    { logId: log.id, offsets: {} },
  );
  db.save([{ key: 's/new', receivedAt: 9_000_000, done: true }]);
  const events = createEvents({ level: 'silent', metrics: new Registry() });
  const book = new DeliveryBook({ log, db, events, now: () => 10_000_000, keptMs });
  try {
    await book.open();
    await until(() => db.find(`s/${ofDays - 1}`) === undefined);
    assert.ok(book.find('s/new'));
  } finally {
    await book.close();
    await log.close();
    rmSync(folder, { recursive: true });
  }
});
