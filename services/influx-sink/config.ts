import type { InfluxSettings } from '../../core/config/settings.ts';
import { MillraceError } from '../../core/errors.ts';
import type { ServiceContext } from '../../core/service.ts';
import { enrichedTopic } from '../../core/topics.ts';

export const sinkName = 'influx-sink';

export interface InfluxSinkConfig {
  readonly influx: InfluxSettings;
  readonly group: string;
  readonly topics: readonly string[];
  /** Bounds of a batch, which is one request: what is held in memory at once, for one partition. */
  readonly maxRecords: number;
  readonly maxBytes: number;
  /** Between two batches of one partition that are not full: what comes meanwhile shares a request and a commit. */
  readonly minBatchIntervalMs: number;
  /** Pauses between tries while InfluxDB is away. */
  readonly retry: { readonly firstMs: number; readonly maxMs: number };
  /** What is under way at a stop has so long to be answered; then it is left, and comes again. */
  readonly drainWithinMs: number;
}

/** Throws `SETTING_INVALID` when no InfluxDB is named. */
export function influxSinkConfig({ settings }: Pick<ServiceContext, 'settings'>): InfluxSinkConfig {
  const { influx, groupPrefix } = settings;
  if (influx === undefined)
    throw new MillraceError(
      'SETTING_INVALID',
      'MILLRACE_INFLUX_URL should name the InfluxDB that the influx-sink writes to; it is not set.',
    );
  return {
    influx,
    group: `${groupPrefix}${sinkName}`,
    topics: [enrichedTopic],
    maxRecords: 5000,
    maxBytes: 4_000_000,
    minBatchIntervalMs: 500,
    retry: { firstMs: 100, maxMs: 30_000 },
    drainWithinMs: 3000,
  };
}
