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
import { faultyLog } from '../../support/faulty-log.ts';
import { until } from '../../support/until.ts';

test('on a full disk what is done stays known, and the process goes on', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-full-'));
  const log = faultyLog(await openSqliteLog({ folder }));
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
  const save = db.save.bind(db);
  let failures = 0;
  db.save = () => {
    failures++;
    throw new Error('database or disk is full');
  };
  const lines: string[] = [];
  const events = createEvents({
    level: 'warn',
    metrics: new Registry(),
    destination: { write: (line: string) => void lines.push(line) },
  });
  const book = new DeliveryBook({ log, db, events, now: () => 1000, keptMs: 1000 });
  try {
    await book.open();
    log.refuse();
    book.finish('s/1', 1000);
    await until(() => failures > 0);
    await until(() => lines.some((line) => line.includes('webhook.deliveries-unkept')));
    // More than are held in memory: the oldest go.
    for (let n = 2; n <= 20_100; n++) book.finish(`s/${n}`, 1000);
    assert.ok(book.find('s/20100')?.done);
    assert.equal(book.find('s/1'), undefined);
    assert.ok(lines.length < 10, 'it is told now and then');
    db.save = save;
    book.finish('s/last', 1000);
    await book.close();
    const again = new DeliveryDb(folder);
    assert.ok(again.find('s/20100')?.done);
    again.close();
  } finally {
    log.heal();
    await book.close();
    await log.close();
    rmSync(folder, { recursive: true });
  }
});
