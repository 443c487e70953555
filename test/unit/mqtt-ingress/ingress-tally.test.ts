import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IngressTally } from '../../../core/ledger/ingress-tally.ts';

const countsOf = (tally: IngressTally) => {
  const record = tally.takeRecord(1);
  return record && JSON.parse(String(record.value));
};

test('counts add up, and a record is given only when there is something new', () => {
  const tally = new IngressTally('abc');
  assert.equal(tally.takeRecord(1), undefined);
  tally.countUnmatched();
  tally.countFiltered(new Map([['air', 2]]));
  const record = tally.takeRecord(5);
  assert.equal(record?.key, 'ingress/abc');
  assert.equal(record?.topic, 'ledger.v1');
  assert.deepEqual(JSON.parse(String(record?.value)), { unmatched: 1, filtered: { air: 2 } });
  assert.equal(tally.takeRecord(5), undefined);
  tally.countFiltered(new Map([['air', 3]]));
  assert.deepEqual(countsOf(tally), { unmatched: 1, filtered: { air: 5 } });
});

test('what a refused batch counted is taken back, and the next record says so', () => {
  const tally = new IngressTally('abc');
  tally.countFiltered(new Map([['air', 2]]));
  tally.takeRecord(1);
  tally.withdrawFiltered(new Map([['air', 2]]));
  assert.deepEqual(countsOf(tally), { unmatched: 0, filtered: { air: 0 } });
});

test('a record that did not get into the log is given again', () => {
  const tally = new IngressTally('abc');
  tally.countUnmatched();
  tally.takeRecord(1);
  tally.recordLost();
  assert.deepEqual(countsOf(tally), { unmatched: 1, filtered: {} });
});
