import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import fc from 'fast-check';
import { DeliveryDb } from '../../../services/webhook-ingress/delivery-db.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-deliveries-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const entry = (key: string, receivedAt: number, done = false) => ({ key, receivedAt, done });

test('whatever entries come, in whatever pieces, the first of a key says its time and any of them that it is done', () => {
  const entries = fc.array(
    fc.record({
      key: fc.constantFrom('s/a', 's/b', 't/a'),
      receivedAt: fc.nat(1000),
      done: fc.boolean(),
    }),
    { maxLength: 20 },
  );
  fc.assert(
    fc.property(fc.array(entries, { maxLength: 4 }), (pieces) => {
      const db = new DeliveryDb(mkdtempSync(join(folder, 'x')));
      try {
        for (const piece of pieces) db.save(piece);
        const all = pieces.flat();
        for (const key of ['s/a', 's/b', 't/a']) {
          const own = all.filter((one) => one.key === key);
          const expected = own[0] && {
            receivedAt: own[0].receivedAt,
            done: own.some(({ done }) => done),
          };
          assert.deepEqual(db.find(key), expected);
        }
      } finally {
        db.close();
      }
    }),
    { numRuns: 30 },
  );
});

test('it goes on where it was read to in the same log, and begins anew in another', () => {
  const offsets = { 'deliveries.v1': { 0: 7, 1: 3 } };
  const db = new DeliveryDb(folder);
  db.save([entry('s/a', 1, true)], { logId: 'one', offsets });
  db.close();
  const again = new DeliveryDb(folder);
  assert.deepEqual(again.offsets('one'), offsets);
  assert.equal(again.offsets('two'), undefined);
  assert.deepEqual(again.find('s/a'), { receivedAt: 1, done: true });
  again.reset();
  assert.equal(again.find('s/a'), undefined);
  again.close();
});

test('what is older than it is kept for is forgotten, some at a time', () => {
  const db = new DeliveryDb(folder);
  db.save(Array.from({ length: 2500 }, (_, n) => entry(`s/${n}`, n)));
  db.save([entry('s/new', 5000)]);
  assert.equal(db.forgetBefore(4000), true, 'there may be more');
  assert.equal(db.forgetBefore(4000), false);
  assert.equal(db.find('s/0'), undefined);
  assert.equal(db.find('s/2499'), undefined);
  assert.ok(db.find('s/new'));
  db.close();
});

test('a file that is no database refuses the start and says that it may be moved away', () => {
  writeFileSync(join(folder, 'deliveries.db'), 'x'.repeat(5000));
  assert.throws(() => new DeliveryDb(folder), { code: 'DATA_DAMAGED', message: /move it away/ });
});
