import type { ApiModelField, ApiSeries } from '../../../api-types.ts';
import { toDisplay } from '../words/format-value.ts';

/** Columns as uPlot takes them: time in seconds, value, and the window's least and greatest; null is a gap. */
export interface ChartColumns {
  readonly times: number[];
  readonly values: (number | null)[];
  readonly lows: (number | null)[];
  readonly highs: (number | null)[];
}

export const emptyColumns = (): ChartColumns => ({ times: [], values: [], lows: [], highs: [] });

/** Flags are drawn as 0 and 1; texts have no place on a chart. */
export function chartNumber(
  value: number | boolean | string,
  field: ApiModelField | undefined,
): number | undefined {
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'number') return toDisplay(value, field);
  const number = Number(value);
  return field?.kind === 'decimal' && Number.isFinite(number) ? number : undefined;
}

/** A series in display units. Window starts are moved to the window's middle, where its mean belongs. */
export function columnsOf(series: ApiSeries | undefined, field: ApiModelField | undefined) {
  const columns = emptyColumns();
  const half = (series?.everyMs ?? 0) / 2;
  series?.points.forEach(([timeMs, raw], index) => {
    const value = chartNumber(raw, field);
    if (value === undefined) return;
    const band = series.band?.[index];
    const ends = band ? [toDisplay(band[0], field), toDisplay(band[1], field)] : [value, value];
    columns.times.push((timeMs + half) / 1000);
    columns.values.push(value);
    // A display unit may turn the order round (a factor below nothing).
    columns.lows.push(Math.min(...ends));
    columns.highs.push(Math.max(...ends));
  });
  return columns;
}

/** The span without a reading (seconds) from which on a line would claim what nobody saw. */
export function gapSeconds(
  times: readonly number[],
  everyMs: number | null,
  usualIntervalMs: number | null,
): number {
  const steps: number[] = [];
  for (let index = 1; index < times.length; index++) {
    steps.push((times[index] ?? 0) - (times[index - 1] ?? 0));
  }
  steps.sort((a, b) => a - b);
  const median = steps[Math.floor(steps.length / 2)] ?? 0;
  return Math.max(
    3.5 * median,
    (3.5 * (usualIntervalMs ?? 0)) / 1000,
    (2.5 * (everyMs ?? 0)) / 1000,
  );
}

/** The same columns with a null in the middle of each gap. */
export function withGaps(columns: ChartColumns, longestSeconds: number): ChartColumns {
  const out = emptyColumns();
  columns.times.forEach((time, index) => {
    const before = columns.times[index - 1];
    if (before !== undefined && longestSeconds > 0 && time - before > longestSeconds) {
      out.times.push((before + time) / 2);
      out.values.push(null);
      out.lows.push(null);
      out.highs.push(null);
    }
    out.times.push(time);
    out.values.push(columns.values[index] ?? null);
    out.lows.push(columns.lows[index] ?? null);
    out.highs.push(columns.highs[index] ?? null);
  });
  return out;
}

/** A reading at the end; one that is older than the last is left to the next question to the store. */
export function appendPoint(columns: ChartColumns, timeMs: number, value: number): boolean {
  const time = timeMs / 1000;
  if (time <= (columns.times.at(-1) ?? Number.NEGATIVE_INFINITY)) return false;
  columns.times.push(time);
  columns.values.push(value);
  columns.lows.push(value);
  columns.highs.push(value);
  return true;
}
