import type uPlot from 'uplot';
import { formatNumber } from '../words/format-number.ts';
import { formatClock, formatDay, formatMinute } from '../words/format-time.ts';

export interface ChartStyle {
  readonly line: string;
  readonly band: string;
  readonly grid: string;
  readonly text: string;
  readonly font: string;
}

export interface ChartOptionsInput {
  readonly width: number;
  readonly height: number;
  readonly style: ChartStyle;
  /** Drawn as steps between no and yes. */
  readonly flag: boolean;
  /** Where few readings are, each is marked. */
  readonly onZoom: (fromMs: number, toMs: number) => void;
  readonly onBack: () => void;
  readonly onCursor: (index: number | null) => void;
}

/** Colours as the style sheet has them now. */
export function chartStyle(element: Element): ChartStyle {
  const style = getComputedStyle(element);
  const color = (name: string) => style.getPropertyValue(name).trim();
  return {
    line: color('--accent'),
    band: color('--accent-soft'),
    grid: color('--line'),
    text: color('--text-quiet'),
    font: `12px ${style.fontFamily}`,
  };
}

export function chartOptions(
  input: ChartOptionsInput,
  steps: uPlot.Series.PathBuilder | undefined,
) {
  const { style, flag } = input;
  const axis = {
    stroke: style.text,
    font: style.font,
    grid: { stroke: style.grid, width: 1 },
    ticks: { show: false },
  };
  const goBack = () => {
    input.onBack();
    return null;
  };
  return {
    width: input.width,
    height: input.height,
    // Above the highest label stands the unit.
    padding: [20, 8, 0, 0],
    legend: { show: false },
    cursor: {
      drag: { x: true, y: false, setScale: false },
      points: { size: 7, width: 1.5 },
      y: false,
      bind: { dblclick: () => goBack },
    },
    scales: { x: { time: true }, y: { range: flag ? [-0.15, 1.15] : rangeOf } },
    axes: [
      { ...axis, size: 28, gap: 6, space: 70, values: timeLabels },
      {
        ...axis,
        size: 52,
        gap: 6,
        space: 32,
        values: flag
          ? (_: uPlot, splits: number[]) =>
              splits.map((at) => (at === 0 ? 'no' : at === 1 ? 'yes' : ''))
          : (_: uPlot, splits: number[]) => tickLabels(splits),
        ...(flag ? { splits: () => [0, 1] } : {}),
      },
    ],
    series: [
      {},
      {
        stroke: style.line,
        width: 1.5,
        spanGaps: false,
        ...(flag && steps ? { paths: steps } : {}),
      },
      { stroke: 'transparent', width: 0, points: { show: false } },
      { stroke: 'transparent', width: 0, points: { show: false } },
    ],
    bands: [{ series: [3, 2], fill: style.band }],
    hooks: {
      setSelect: [
        (chart: uPlot) => {
          const { left, width } = chart.select;
          if (width < 4) return;
          const from = chart.posToVal(left, 'x') * 1000;
          const to = chart.posToVal(left + width, 'x') * 1000;
          chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          input.onZoom(from, to);
        },
      ],
      setCursor: [(chart: uPlot) => input.onCursor(chart.cursor.idx ?? null)],
    },
  } satisfies uPlot.Options;
}

/** Some air above and below, and a flat line in the middle instead of at an edge. */
function rangeOf(_: uPlot, low: number | null, high: number | null): uPlot.Range.MinMax {
  if (low === null || high === null) return [0, 1];
  const span = high - low;
  const air = span > 0 ? span * 0.08 : Math.max(Math.abs(high) * 0.1, 0.5);
  // A quantity near nothing is drawn from nothing.
  const from = low >= 0 && low - air < span * 0.3 ? 0 : low - air;
  return [span === 0 && low === 0 ? -0.5 : from, high + air];
}

function tickLabels(splits: readonly number[]): string[] {
  const step = Math.abs((splits[1] ?? 0) - (splits[0] ?? 0));
  const decimals = step >= 1 || step === 0 ? 0 : Math.min(4, Math.ceil(-Math.log10(step)));
  return splits.map((value) =>
    Math.abs(value) >= 1e6
      ? formatNumber(value)
      : value.toLocaleString(undefined, {
          minimumFractionDigits: decimals,
          maximumFractionDigits: decimals,
        }),
  );
}

function timeLabels(_: uPlot, splits: number[]): string[] {
  const step = (splits[1] ?? 0) - (splits[0] ?? 0);
  return splits.map((seconds) => {
    const ms = seconds * 1000;
    if (step < 60) return formatClock(ms);
    const date = new Date(ms);
    return date.getHours() === 0 && date.getMinutes() === 0 ? formatDay(ms) : formatMinute(ms);
  });
}
