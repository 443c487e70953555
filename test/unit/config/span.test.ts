import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearestName } from '../../../core/config/nearest-name.ts';
import { parseSizeBytes, parseSpanMs, parseSpanOrForever } from '../../../core/config/span.ts';

test('spans are a number and a unit, and more than nothing', () => {
  const spans = {
    '250ms': 250,
    '30s': 30_000,
    '15m': 900_000,
    '2h': 7_200_000,
    '7d': 604_800_000,
    '4w': 2_419_200_000,
    '1.5h': 5_400_000,
  };
  for (const [span, ms] of Object.entries(spans)) assert.equal(parseSpanMs(span), ms, span);
  for (const span of [
    '',
    '7',
    'd',
    '0s',
    '-1s',
    '7 days',
    '7D',
    '1e3s',
    '99999999999999w',
    'forever',
  ])
    assert.equal(parseSpanMs(span), undefined, span);
  assert.equal(parseSpanOrForever('forever'), null);
});

test('sizes are in powers of a thousand', () => {
  assert.equal(parseSizeBytes('10GB'), 10e9);
  assert.equal(parseSizeBytes('500 MB'), 500e6);
  for (const size of ['10', '10gb', '0GB', '10GiB'])
    assert.equal(parseSizeBytes(size), undefined, size);
});

test('the nearest name is one that a slip of the fingers leads to, or none', () => {
  const names = ['kind', 'label', 'unit', 'display'];
  assert.equal(nearestName('uint', names), 'unit');
  assert.equal(nearestName('lable', names), 'label');
  assert.equal(nearestName('Display', names), 'display');
  assert.equal(nearestName('temperature', names), undefined);
});
