import type { InfluxSettings } from '../../core/config/settings.ts';
import { type CountsBySource, SumOfCounts } from '../../core/ledger/sum-of-counts.ts';
import type { LogReader } from '../../core/log/event-log.ts';
import { enrichedTopic } from '../../core/topics.ts';
import { openInfluxWriter } from '../../stores/influx/open-influx-store.ts';
import { joinBatches } from '../../stores/sink/join-batches.ts';
import { retryWhileUnavailable } from '../../stores/sink/retry-while-unavailable.ts';

export interface RebuildParts {
  readonly log: Pick<LogReader, 'tail' | 'ranges'>;
  readonly influx: InfluxSettings;
  /** As the sink has it. Null: for ever. */
  readonly historyMs: number | null;
  /** Microseconds. */
  readonly now: () => number;
  /** InfluxDB is away; the same batch is tried again. */
  readonly onRetry: (error: unknown) => void;
  readonly onProgress?: (progress: {
    readonly records: number;
    readonly totalRecords: number;
  }) => void;
}

export interface RebuildReport {
  readonly records: number;
  /** What became of them this time. The ledger counts them once, as the sink did. */
  readonly sources: CountsBySource;
}

/**
 * Writes the points of every reading that the log still holds, from its start to where its end was: into an InfluxDB
 * that is new, or has lost some. The same reading makes the same point, so a sink may run meanwhile, offsets and counts
 * stay as they are, and it can be broken off and done again.
 */
export async function rebuildInflux(parts: RebuildParts): Promise<RebuildReport> {
  const { log, influx, historyMs, now, onProgress } = parts;
  const { signal } = new AbortController();
  const ranges = await log.ranges([enrichedTopic]);
  const totalRecords = ranges.reduce((sum, range) => sum + range.endOffset - range.startOffset, 0);
  const writer = openInfluxWriter({ influx, historyMs, now, findsAll: true });
  const sum = new SumOfCounts();
  let records = 0;
  try {
    for await (const cut of log.tail([enrichedTopic], { from: 'earliest' })) {
      for (const batch of joinBatches(cut.batches)) {
        const written = await retryWhileUnavailable(() => writer.writeReadings(batch), {
          firstMs: 100,
          maxMs: 10_000,
          signal,
          onRetry: parts.onRetry,
        });
        sum.add(written.sources);
        records += batch.records.length;
        onProgress?.({ records, totalRecords: Math.max(totalRecords, records) });
      }
      const offsets = cut.offsets[enrichedTopic] ?? {};
      if (ranges.every(({ partition, endOffset }) => (offsets[partition] ?? 0) >= endOffset)) break;
      if (cut.atEnd) break;
    }
  } finally {
    writer.close();
  }
  return { records, sources: sum.bySource };
}
