import type { Pipeline } from '../../core/config/pipeline.ts';
import type { Settings } from '../../core/config/settings.ts';
import { sinksOf } from '../../core/config/sinks-of.ts';
import type { Events } from '../../core/events.ts';
import { openLog, openLogReader } from '../../core/log/open-log.ts';
import { tablePlans } from '../../core/tables/table-plan.ts';
import type { SinkCount } from '../../stores/store.ts';

export interface RebuildInput {
  readonly settings: Settings;
  readonly pipeline: Pick<Pipeline, 'retention' | 'tables' | 'models'>;
  readonly events: Events;
  /** Microseconds. */
  readonly now: () => number;
  readonly onProgress: (progress: {
    readonly records: number;
    readonly totalRecords: number;
  }) => void;
}

export interface RebuildReport {
  readonly records: number;
  readonly sources: Readonly<Record<string, SinkCount>>;
}

export type StoreName = 'sqlite' | 'postgres' | 'influx';

/** The stores that these settings have sinks for. */
export function storesOf(settings: Settings): readonly StoreName[] {
  return sinksOf(settings).map((sink) => sink.replace(/-sink$/, '') as StoreName);
}

/** How each store is made anew. Drivers are loaded when they are asked for. */
export const rebuilders: Readonly<
  Record<StoreName, (input: RebuildInput) => Promise<RebuildReport>>
> = {
  async sqlite({ settings, pipeline, events, now, onProgress }) {
    const { retention } = pipeline;
    const { rebuildStore } = await import('../../services/sqlite-sink/rebuild.ts');
    const log = await openLog({ settings, events });
    try {
      return await rebuildStore({
        log,
        folder: settings.dataDir,
        historyMs: retention.historyMs,
        deadLettersMs: retention.topicsMs,
        mapped: settings.postgresUrl === undefined ? tablePlans(pipeline) : [],
        now,
        events,
        onProgress,
      });
    } finally {
      await log.close();
    }
  },

  async postgres({ settings, pipeline, events, now, onProgress }) {
    const { retention } = pipeline;
    const { rebuildPostgres } = await import('../../services/postgres-sink/rebuild.ts');
    const log = await openLog({ settings, events });
    try {
      return await rebuildPostgres({
        log,
        url: settings.postgresUrl ?? '',
        historyMs: retention.historyMs,
        deadLettersMs: retention.topicsMs,
        mapped: tablePlans(pipeline),
        now,
        events,
        onProgress,
      });
    } finally {
      await log.close();
    }
  },

  async influx({ settings, pipeline, events, now, onProgress }) {
    const { influx } = settings;
    if (influx === undefined) return { records: 0, sources: {} };
    const { rebuildInflux } = await import('../../services/influx-sink/rebuild.ts');
    const log = await openLogReader(settings);
    const onRetry = (error: unknown) =>
      events.warn('rebuild.store-away', {
        message: 'InfluxDB is away; the same readings are tried again.',
        error,
      });
    try {
      const { historyMs } = pipeline.retention;
      return await rebuildInflux({ log, influx, historyMs, now, onRetry, onProgress });
    } finally {
      await log.close();
    }
  },
};
