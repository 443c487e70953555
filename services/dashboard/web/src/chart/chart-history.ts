import type { ApiSeries, ApiSeriesAnswer } from '../../../api-types.ts';
import { getJson } from '../app/api-client.ts';
import { Observable } from '../app/observable.ts';
import { fieldOf, modelOf } from '../app/reference.ts';
import { feed } from '../app/scene.ts';
import {
  appendPoint,
  type ChartColumns,
  chartNumber,
  columnsOf,
  emptyColumns,
  gapSeconds,
  withGaps,
} from './chart-points.ts';

export interface ChartSpan {
  readonly fromMs: number;
  readonly toMs: number;
  /** New readings belong to it. */
  readonly live: boolean;
}

export interface ChartHistoryState {
  readonly columns: ChartColumns;
  readonly loading: boolean;
  readonly error: string | null;
  /** Points are windows of this length; null when each is a reading. */
  readonly everyMs: number | null;
}

/** More points than the chart has pixels show nothing more. */
const maxPoints = 600;

/** The history of one field of one entity over a span, extended by the live feed. */
export class ChartHistory {
  readonly state = new Observable<ChartHistoryState>({
    columns: emptyColumns(),
    loading: true,
    error: null,
    everyMs: null,
  });
  readonly #key: string;
  readonly #fieldName: string;
  readonly #span: () => ChartSpan;
  readonly #end: () => void;
  readonly #ending = new AbortController();
  #columns = emptyColumns();
  #everyMs: number | null = null;
  #changed = false;
  #timer: number | undefined;

  constructor(key: string, fieldName: string, span: () => ChartSpan) {
    this.#key = key;
    this.#fieldName = fieldName;
    this.#span = span;
    const endReadings = feed.onReading((entity, reading) => {
      if (entity.key !== key) return;
      const value = reading.numbers[fieldName] ?? reading.flags[fieldName];
      if (value !== undefined) this.#append(Date.parse(reading.observedAt), value);
    });
    const endFrames = feed.onFrame(() => this.#tell());
    this.#end = () => {
      endReadings();
      endFrames();
    };
    void this.load();
  }

  /** Asks the store; while the span is live again and again, so that what was appended is thinned out as well. */
  async load(): Promise<void> {
    window.clearTimeout(this.#timer);
    const { fromMs, toMs, live } = this.#span();
    try {
      const series = await this.#ask(fromMs, toMs);
      if (this.#ending.signal.aborted) return;
      const appended = this.#columns;
      this.#columns = columnsOf(series, this.#field());
      this.#everyMs = series?.everyMs ?? null;
      // What the feed brought while the store was asked, or what the store hasn't got yet.
      if (live) {
        appended.times.forEach((time, index) => {
          const value = appended.values[index];
          if (typeof value === 'number') appendPoint(this.#columns, time * 1000, value);
        });
      }
      this.#changed = true;
      this.state.update({ loading: false, error: null });
      this.#tell();
    } catch (error) {
      if (this.#ending.signal.aborted) return;
      const sentence = error instanceof Error ? error.message : String(error);
      this.state.update({ loading: false, error: sentence });
    }
    const againMs = Math.max(20_000, (toMs - fromMs) / 60);
    if (live) this.#timer = window.setTimeout(() => void this.load(), againMs);
  }

  close(): void {
    this.#ending.abort();
    this.#end();
    window.clearTimeout(this.#timer);
  }

  async #ask(fromMs: number, toMs: number): Promise<ApiSeries | undefined> {
    const query = new URLSearchParams({
      entity: this.#key,
      field: this.#fieldName,
      from: new Date(fromMs).toISOString(),
      to: new Date(toMs).toISOString(),
      maxPoints: String(maxPoints),
    });
    const { series } = await getJson<ApiSeriesAnswer>(
      `/api/v1/series?${query}`,
      this.#ending.signal,
    );
    return series[0];
  }

  #field() {
    return fieldOf(this.#entityType(), this.#fieldName);
  }

  #entityType(): string {
    return this.#key.slice(0, this.#key.indexOf('/'));
  }

  #append(timeMs: number, raw: number | boolean): void {
    if (!this.#span().live) return;
    const value = chartNumber(raw, this.#field());
    if (value !== undefined && appendPoint(this.#columns, timeMs, value)) this.#changed = true;
  }

  #tell(): void {
    if (!this.#changed) return;
    this.#changed = false;
    const usualMs = modelOf(this.#entityType())?.usualIntervalMs ?? null;
    const gap = gapSeconds(this.#columns.times, this.#everyMs, usualMs);
    this.state.update({ columns: withGaps(this.#columns, gap), everyMs: this.#everyMs });
  }
}
