import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DeliveryDb } from '../../../services/webhook-ingress/delivery-db.ts';
import { openDeliveryBook } from '../../support/open-delivery-book.ts';
import { until } from '../../support/until.ts';

test('however many deliveries are older than they are kept for, all of them are forgotten', async () => {
  const { log, db, book, close } = await openDeliveryBook(10_000_000);
  const ofDays = 10_000;
  db.save(
    Array.from({ length: ofDays }, (_, n) => ({ key: `s/${n}`, receivedAt: n, done: true })),
    { logId: log.id, offsets: {} },
  );
  db.save([{ key: 's/new', receivedAt: 9_000_000, done: true }]);
  try {
    await book.open();
    await until(() => db.find(`s/${ofDays - 1}`) === undefined);
    assert.ok(book.find('s/new'));
  } finally {
    await close();
  }
});

test('old deliveries that can not be deleted are warned of, and known still', async () => {
  const { log, db, book, logLines, close } = await openDeliveryBook(10_000_000);
  db.save([{ key: 's/old', receivedAt: 1, done: true }], { logId: log.id, offsets: {} });
  db.forgetBefore = () => {
    throw new Error('database or disk is full');
  };
  try {
    await book.open();
    await until(() => logLines.some((line) => line.includes('webhook.forget-failed')));
    assert.match(logLines.join(''), /disk is full/);
    assert.ok(book.find('s/old')?.done);
    assert.equal(logLines.length, 1);
  } finally {
    await close();
  }
});

test('on a full disk what is done stays known, and the process goes on', async () => {
  const { folder, log, db, book, logLines, close } = await openDeliveryBook(1000);
  const save = db.save.bind(db);
  db.save = () => {
    throw new Error('database or disk is full');
  };
  try {
    await book.open();
    log.refuse();
    book.finish('s/1', 1000);
    await until(() => logLines.some((line) => line.includes('webhook.deliveries-unkept')));
    // More than are held in memory: the oldest go.
    for (let n = 2; n <= 20_100; n++) book.finish(`s/${n}`, 1000);
    assert.ok(book.find('s/20100')?.done);
    assert.equal(book.find('s/1'), undefined);
    assert.ok(logLines.length < 10, 'it is told now and then');
    db.save = save;
    book.finish('s/last', 1000);
    await book.close();
    const again = new DeliveryDb(folder);
    assert.ok(again.find('s/20100')?.done);
    again.close();
  } finally {
    await close();
  }
});
