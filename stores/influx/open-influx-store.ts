import type { InfluxSettings } from '../../core/config/settings.ts';
import type { SeriesReader } from '../store.ts';
import { InfluxConnection } from './influx-connection.ts';
import { InfluxWriter, type InfluxWriterParts } from './influx-writer.ts';
import { querySeries } from './query-series.ts';
import { type HistorySpan, querySpan } from './query-span.ts';

export interface InfluxWriterOptions extends Omit<InfluxWriterParts, 'connection'> {
  readonly influx: InfluxSettings;
}

/** Opens no connection: the first write does, so an InfluxDB that is away doesn't keep a sink from starting. */
export function openInfluxWriter({ influx, ...parts }: InfluxWriterOptions): InfluxWriter {
  return new InfluxWriter({ ...parts, connection: new InfluxConnection(influx) });
}

export interface InfluxReader extends SeriesReader {
  span(): Promise<HistorySpan>;
  close(): Promise<void>;
}

/** Series out of InfluxDB 2.x or 1.x. Rejects with `STORE_UNAVAILABLE` or `STORE_MISCONFIGURED`. */
export function openInfluxReader(options: { readonly influx: InfluxSettings }): InfluxReader {
  const connection = new InfluxConnection(options.influx);
  return {
    series: (query) => querySeries(connection, query),
    span: () => querySpan(connection),
    close: async () => connection.close(),
  };
}
