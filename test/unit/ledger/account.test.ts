import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawUpLedger, isEven, type LedgerParts } from '../../../core/ledger/account.ts';

const counts = { read: 10, deduplicated: 1, filtered: 2, deadLettered: 3, passedOn: 4, derived: 1 };
const parts: LedgerParts = {
  enricher: [
    { offset: 10, sources: { buses: counts } },
    { offset: 7, sources: { buses: counts, air: { ...counts, derived: 0 } } },
  ],
  ingress: [
    { unmatched: 5, filtered: { buses: 3 } },
    { unmatched: 2, filtered: { buses: 1, quiet: 9 } },
  ],
  ingressDeadLetters: { buses: 4 },
  rawInFlight: new Map([['buses', 6]]),
  sinks: [
    {
      name: 'sqlite-sink',
      sources: { buses: { stored: 5, expired: 1, deadLettered: 1 } },
      inFlight: new Map([
        ['buses', 3],
        ['air', 4],
      ]),
    },
  ],
  sourceNames: ['silent'],
};

test("sums partitions, ingress starts and dead letters into each source's account", () => {
  const { unmatched, sources } = drawUpLedger(parts);
  assert.equal(unmatched, 7);
  assert.deepEqual(sources.buses, {
    accepted: 20 + 6 + 4 + 4,
    deduplicated: 2,
    filtered: 4 + 4,
    deadLettered: 6 + 4,
    passedOn: 8,
    derived: 2,
    inFlight: 6,
    difference: 0,
    sinks: {
      'sqlite-sink': { stored: 5, expired: 1, deadLettered: 1, inFlight: 3, difference: 0 },
    },
  });
  assert.deepEqual(Object.keys(sources), ['air', 'buses', 'quiet', 'silent']);
  assert.equal(sources.quiet?.accepted, 9);
  assert.equal(sources.silent?.accepted, 0);
  assert.ok(isEven(drawUpLedger(parts)));
});

test('a reading that is nowhere is the difference of its source, one that a sink lacks that of the sink', () => {
  const lost = { ...counts, deadLettered: 2 };
  const atSource = drawUpLedger({ ...parts, enricher: [{ offset: 1, sources: { buses: lost } }] });
  assert.equal(atSource.sources.buses?.difference, 1);
  assert.ok(!isEven(atSource));
  const atSink = drawUpLedger({
    ...parts,
    sinks: [{ name: 's', sources: {}, inFlight: new Map() }],
  });
  assert.equal(atSink.sources.air?.sinks.s?.difference, 4);
  assert.ok(!isEven(atSink));
});

test('a source may be named like something that every object has', () => {
  const { sources } = drawUpLedger({ ...parts, sourceNames: ['constructor'] });
  assert.equal(new Map(Object.entries(sources)).get('constructor')?.accepted, 0);
});
