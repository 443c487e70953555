import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LiveEntity, World } from '../../../services/dashboard/web/src/live/world.ts';
import {
  colorAt,
  colorScaleOf,
  outstandingEnd,
} from '../../../services/dashboard/web/src/map/color-scale.ts';

const field = (name: string, unit: string, factor = 1) => ({
  name,
  kind: 'number' as const,
  label: '',
  unit,
  display: { unit, symbol: unit, factor, offset: 0 },
  min: null,
  max: null,
});

const model = (speed = field('speed', 'm/s', 3.6)) => ({
  entityType: 'bus',
  label: 'Bus',
  simulated: false,
  geometryRegister: null,
  colorField: speed.name,
  headingField: null,
  usualIntervalMs: null,
  fields: [speed],
});

function buses(speeds: readonly number[]): LiveEntity[] {
  const world = new World();
  return speeds.map((speed, index) =>
    world.see({
      entityType: 'bus',
      entityId: String(index),
      source: '',
      observedAtMs: 1,
      receivedAtMs: 1,
      numbers: { speed },
      flags: {},
      texts: {},
      tags: {},
      position: null,
      zones: [],
    }),
  );
}

test('a scale runs between round values of the unit that people see', () => {
  const scale = colorScaleOf(model(), buses([1, 4, 9, 13.2]), undefined);
  assert.ok(scale);
  assert.equal(Math.round(scale.low * 3.6), 0);
  assert.equal(Math.round(scale.high * 3.6), 50);
});

test('a scale stays while it fits, and follows when it no longer does', () => {
  const before = colorScaleOf(model(), buses([1, 4, 9, 13]), undefined);
  const same = colorScaleOf(model(), buses([2, 4, 9, 12]), before);
  assert.equal(same?.high, before?.high);
  const wider = colorScaleOf(model(), buses([2, 4, 9, 40]), same);
  assert.ok((wider?.high ?? 0) > (before?.high ?? 0));
});

test('low speeds stand out, high concentrations do', () => {
  assert.equal(outstandingEnd(field('speed', 'm/s')), 'low');
  assert.equal(outstandingEnd(field('flow', '%')), 'low');
  assert.equal(outstandingEnd(field('pm25', 'ug/m3')), 'high');
});

test('colours beyond the scale are those of its ends', () => {
  const scale = colorScaleOf(model(), buses([1, 4, 9, 13]), undefined);
  assert.ok(scale);
  assert.equal(colorAt(scale, -50, 'dark'), colorAt(scale, scale.low, 'dark'));
  assert.equal(colorAt(scale, 500, 'dark'), colorAt(scale, scale.high, 'dark'));
});
