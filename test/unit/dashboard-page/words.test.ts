import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reasonSentence } from '../../../services/dashboard/web/src/dead-letters/reason-sentence.ts';
import { Growth } from '../../../services/dashboard/web/src/ledger/growth.ts';
import { ledgerVerdict } from '../../../services/dashboard/web/src/ledger/ledger-verdict.ts';
import { RateMeter } from '../../../services/dashboard/web/src/live/rate-meter.ts';
import { formatDegrees, graticuleStep } from '../../../services/dashboard/web/src/map/graticule.ts';
import { timeTicks } from '../../../services/dashboard/web/src/timeline/time-ticks.ts';
import { decimalsOf } from '../../../services/dashboard/web/src/words/decimals.ts';
import {
  formatCount,
  formatNumber,
} from '../../../services/dashboard/web/src/words/format-number.ts';
import { formatAge, formatSpan } from '../../../services/dashboard/web/src/words/format-time.ts';

test('spans and ages are said as people say them', () => {
  assert.deepEqual([38, 3200, 240_000, 7_200_000, 5 * 86_400_000].map(formatSpan), [
    '38 ms',
    '3 s',
    '4 min',
    '2 h',
    '5 d',
  ]);
  assert.equal(formatAge(1000, 1400), 'now');
  assert.equal(formatAge(1000, 4000), '3 s ago');
  assert.equal(formatAge(5000, 4000), 'now');
});

test('no number is shown as NaN or Infinity', () => {
  assert.equal(formatNumber(Number.NaN), '–');
  assert.equal(formatNumber(Number.POSITIVE_INFINITY), '–');
  assert.equal(formatCount(417_300), '417k');
  assert.equal(formatCount(2_140_000), '2.1M');
});

test('values of a field keep their decimals, and whole ones have none', () => {
  assert.equal(decimalsOf('a count', 12), 0);
  assert.equal(decimalsOf('a speed', 12.4), 1);
  assert.equal(decimalsOf('a speed', 3), 1);
  assert.equal(decimalsOf('a conversion', 12.000000000001), 0);
});

test('the rate is of whole seconds that have passed', () => {
  const meter = new RateMeter();
  for (let ms = 0; ms < 6000; ms += 10) meter.count(5, ms);
  assert.equal(meter.perSecond(6000), 500);
  assert.equal(meter.perSecond(60_000), 0);
});

test('dead letters are news when they come, not when the page does', () => {
  const growth = new Growth(1000);
  assert.equal(growth.see(12, 0), false);
  assert.equal(growth.see(13, 100), true);
  assert.equal(growth.see(13, 1200), false);
});

const account = { deduplicated: 0, filtered: 0, deadLettered: 2, derived: 0, inFlight: 0 };

test('the ledger says which source and which sink do not add up', () => {
  const sink = { stored: 8, expired: 0, deadLettered: 0, inFlight: 0, difference: 0 };
  const source = { ...account, accepted: 10, passedOn: 8, difference: 0, sinks: { sqlite: sink } };
  assert.deepEqual(ledgerVerdict({ unmatched: 0, sources: { buses: source } }), {
    addsUp: true,
    faults: [],
    accepted: 10,
    deadLettered: 2,
  });
  const short = { ...source, sinks: { sqlite: { ...sink, stored: 7, difference: 1 } } };
  const verdict = ledgerVerdict({ unmatched: 0, sources: { buses: short } });
  assert.deepEqual(verdict.faults, ['1 reading of source buses never reached sqlite.']);
});

test('a reason is a sentence, also one that the page does not know', () => {
  assert.equal(reasonSentence('payload-not-json'), 'The payload was not JSON.');
  assert.equal(reasonSentence('made-up-later'), 'Made up later.');
});

test('the graticule has whole minutes, and no more lines than there is room for', () => {
  const view = { west: 10, east: 10.4, south: 56, north: 56.2 };
  assert.equal(graticuleStep(view, 6), 1 / 12);
  assert.equal(formatDegrees(56 + 1 / 6, 'lat'), '56°10′ N');
  assert.equal(formatDegrees(-0.5, 'lon'), '0°30′ W');
  assert.equal(formatDegrees(0, 'lat'), '0°');
});

test('the time line has at most as many marks as asked for, at whole local times', () => {
  const from = Date.parse('2026-11-22T10:07:13Z');
  const ticks = timeTicks(from, from + 24 * 60_000);
  assert.ok(ticks.length > 3 && ticks.length <= 8);
  assert.ok(ticks.every(({ timeMs }) => timeMs % (5 * 60_000) === 0));
});
