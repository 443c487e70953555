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

test('old deliveries that can not be deleted are warned of, and known still', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-unforgotten-'));
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
  const db = new DeliveryDb(folder);
  db.save([{ key: 's/old', receivedAt: 1, done: true }], { logId: log.id, offsets: {} });
  db.forgetBefore = () => {
    throw new Error('database or disk is full');
  };
  const lines: string[] = [];
  const events = createEvents({
    level: 'warn',
    metrics: new Registry(),
    destination: { write: (line: string) => void lines.push(line) },
  });
  const book = new DeliveryBook({ log, db, events, now: () => 10_000_000, keptMs: 1000 });
  try {
    await book.open();
    await until(() => lines.some((line) => line.includes('webhook.forget-failed')));
    assert.match(lines.join(''), /disk is full/);
    assert.ok(book.find('s/old')?.done);
    assert.equal(lines.length, 1);
  } finally {
    await book.close();
    await log.close();
    rmSync(folder, { recursive: true });
  }
});
