import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  appendPoint,
  columnsOf,
  emptyColumns,
  gapSeconds,
  withGaps,
} from '../../../services/dashboard/web/src/chart/chart-points.ts';

const kmh = {
  name: 'speed',
  kind: 'number',
  label: '',
  unit: 'm/s',
  display: { unit: 'km/h', symbol: 'km/h', factor: 3.6, offset: 0 },
  min: null,
  max: null,
} as const;

test('a windowed series stands in display units at the middle of its windows', () => {
  const columns = columnsOf(
    {
      entityType: 'bus',
      entityId: '1',
      field: 'speed',
      unit: 'm/s',
      everyMs: 10_000,
      points: [[20_000, 10]],
      band: [[5, 20]],
    },
    kmh,
  );
  assert.deepEqual(columns, { times: [25], values: [36], lows: [18], highs: [72] });
});

test('where readings are missing there is a gap, and no line across it', () => {
  const columns = emptyColumns();
  for (const time of [1, 2, 3, 4, 60, 61]) appendPoint(columns, time * 1000, 5);
  const shown = withGaps(columns, gapSeconds(columns.times, null, 1000));
  assert.deepEqual(shown.values, [5, 5, 5, 5, null, 5, 5]);
});

test('an irregular sender within its usual interval has no gaps', () => {
  const columns = emptyColumns();
  for (const time of [1, 2, 9, 10, 18]) appendPoint(columns, time * 1000, 5);
  const shown = withGaps(columns, gapSeconds(columns.times, null, 5000));
  assert.equal(shown.values.includes(null), false);
});

test('a reading older than the last point is not drawn backwards', () => {
  const columns = emptyColumns();
  assert.equal(appendPoint(columns, 2000, 1), true);
  assert.equal(appendPoint(columns, 1000, 2), false);
  assert.deepEqual(columns.times, [2]);
});
