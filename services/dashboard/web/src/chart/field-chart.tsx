import { useEffect, useMemo, useState } from 'preact/hooks';
import type { ApiModelField } from '../../../api-types.ts';
import { type RangeName, ranges } from '../app/address-text.ts';
import { useObservable, useTick } from '../app/observable.ts';
import { adjust, pageAddress } from '../app/page-address.ts';
import { fieldOf } from '../app/reference.ts';
import { scene, sceneNow } from '../app/scene.ts';
import type { LiveEntity } from '../live/world.ts';
import { formatNumber } from '../words/format-number.ts';
import { formatInterval, formatTime } from '../words/format-time.ts';
import { isCloseUnit, unitOf } from '../words/format-value.ts';
import { fieldLabelOf } from '../words/name-of.ts';
import { ChartHistory, type ChartHistoryState, type ChartSpan } from './chart-history.ts';
import { Plot } from './plot.tsx';

const rangeLabels: Readonly<Record<RangeName, string>> = {
  '15m': '15 min',
  '1h': '1 h',
  '6h': '6 h',
  '24h': '24 h',
  '7d': '7 d',
};

interface FieldChartProps {
  readonly entity: LiveEntity;
  readonly fieldName: string;
}

interface Zoom {
  readonly fromMs: number;
  readonly toMs: number;
}

export function FieldChart({ entity, fieldName }: FieldChartProps) {
  useTick(250);
  const { range } = useObservable(pageAddress);
  const { atMs } = useObservable(scene);
  const [zoom, setZoom] = useState<Zoom | null>(null);
  const [cursor, setCursor] = useState<number | null>(null);
  const field = fieldOf(entity.entityType, fieldName);
  const spanMs = ranges[range];
  const span = (): ChartSpan => {
    if (zoom) return { ...zoom, live: false };
    const toMs = sceneNow();
    return { fromMs: toMs - spanMs, toMs, live: atMs === null };
  };
  const history = useMemo(
    () => new ChartHistory(entity.key, fieldName, span),
    [entity.key, fieldName, range, zoom, atMs],
  );
  useEffect(() => () => history.close(), [history]);
  useEffect(() => setZoom(null), [entity.key, range, atMs]);
  const state = useObservable(history.state);
  const { fromMs, toMs } = span();

  return (
    <section
      class="field-chart"
      aria-label={`Chart of ${fieldLabelOf(entity.entityType, fieldName)}`}
    >
      <fieldset class="ranges" aria-label="Time range">
        {Object.entries(rangeLabels).map(([name, label]) => (
          <button
            type="button"
            key={name}
            aria-pressed={range === name}
            onClick={() => adjust({ range: name as RangeName })}
          >
            {label}
          </button>
        ))}
      </fieldset>
      <div class="plot-frame">
        <Plot
          columns={state.columns}
          fromMs={fromMs}
          toMs={toMs}
          flag={entity.values.get(fieldName) === true || entity.values.get(fieldName) === false}
          onZoom={(from, to) => setZoom({ fromMs: from, toMs: to })}
          onBack={() => setZoom(null)}
          onCursor={setCursor}
        />
        {unitOf(field) !== '' && <span class="plot-unit">{unitOf(field)}</span>}
        <PlotState state={state} />
      </div>
      <p class="readout">{readout(state, cursor, field, zoom !== null)}</p>
    </section>
  );
}

function PlotState({ state }: { readonly state: ChartHistoryState }) {
  const { loading, error, columns } = state;
  if (error !== null) return <p class="plot-state">The history can't be had: {error}</p>;
  if (loading) return <p class="plot-state quiet">Asking for the history…</p>;
  if (columns.times.length === 0) return <p class="plot-state quiet">No reading in this span.</p>;
  return null;
}

/** What the line under the chart says: the value under the cursor, else what a point is. */
function readout(
  { columns, everyMs }: ChartHistoryState,
  cursor: number | null,
  field: ApiModelField | undefined,
  zoomed: boolean,
): string {
  const symbol = unitOf(field);
  const unit = symbol === '' || isCloseUnit(symbol) ? symbol : `\u202f${symbol}`;
  const time = cursor === null ? undefined : columns.times[cursor];
  const value = cursor === null ? undefined : columns.values[cursor];
  if (cursor !== null && time !== undefined) {
    const when = formatTime(time * 1000, sceneNow());
    if (value === null || value === undefined) return `${when} · no reading`;
    const low = columns.lows[cursor] ?? value;
    const high = columns.highs[cursor] ?? value;
    const band = high > low ? ` (${formatNumber(low)} to ${formatNumber(high)})` : '';
    return `${when} · ${formatNumber(value)}${unit}${band}`;
  }
  const what =
    everyMs === null
      ? 'Every reading'
      : `Mean of every ${formatInterval(everyMs)}, with least and greatest`;
  return zoomed ? `${what} · double click: back` : `${what} · drag to zoom`;
}
