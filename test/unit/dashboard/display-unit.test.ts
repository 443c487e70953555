import assert from 'node:assert/strict';
import { test } from 'node:test';
import { displayUnit } from '../../../services/dashboard/api/display-unit.ts';

const field = (unit: string | null, shown: string | null) =>
  displayUnit({
    name: 'x',
    kind: 'number',
    label: 'X',
    unit,
    displayUnit: shown,
    min: null,
    max: null,
  });

test('shown values come of the stored ones by a factor and an offset', () => {
  const speed = field('m/s', 'km/h');
  assert.deepEqual([speed.unit, speed.symbol, speed.offset], ['km/h', 'km/h', 0]);
  assert.ok(Math.abs(speed.factor - 3.6) < 1e-12);
  const heat = field('Cel', '[degF]');
  assert.ok(Math.abs(20 * heat.factor + heat.offset - 68) < 1e-6);
});

test('without a unit to show, or a straight way to it, the stored unit is shown', () => {
  assert.deepEqual(field(null, null), { unit: null, symbol: '', factor: 1, offset: 0 });
  assert.deepEqual(field('ug/m3', null), { unit: 'ug/m3', symbol: 'µg/m³', factor: 1, offset: 0 });
  assert.equal(field('W', 'dB[mW]').unit, 'W');
  assert.equal(field('km/h', 'nonsense').unit, 'km/h');
});
