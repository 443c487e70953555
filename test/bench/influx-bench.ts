/**
 * Readings into a real InfluxDB 2: by the writer alone, and by the influx-sink from a backlog in Kafka. The CPU time is
 * that of this process; the servers have their own.
 */
import type { Benchmark, Figure } from '../../cli/bench/benchmarks.ts';
import type { InfluxSettings } from '../../core/config/settings.ts';
import type { RecordBatch } from '../../core/log/event-log.ts';
import { enrichedTopic } from '../../core/topics.ts';
import { followAccount } from '../../services/influx-sink/influx-account.ts';
import { startInfluxSink } from '../../services/influx-sink/main.ts';
import { openInfluxWriter } from '../../stores/influx/open-influx-store.ts';
import { withoutEngine } from '../support/require-stack.ts';
import { startInflux } from '../support/servers/start-influx.ts';
import { benchReach } from '../support/servers/start-server.ts';
import { drainBacklog, enriched, now } from './drain-backlog.ts';
import { timed } from './timed.ts';

const batchReadings = 5000;

export const influxBenchmark: Benchmark = {
  name: 'influx',
  summary:
    'readings into InfluxDB 2: the writer alone, and the sink from a backlog in Kafka; both servers in containers, CPU of this process alone',
  async run() {
    const missing = withoutEngine();
    if (missing !== false) {
      console.error(`influx: skipped: ${missing}`);
      return [];
    }
    const server = await startInflux({ own: true, reach: benchReach });
    try {
      const { url, token, org } = server;
      const influx = (bucket: string): InfluxSettings => ({ version: 2, url, token, org, bucket });
      return [
        ...(await measureWriter(influx('writer'), 300_000)),
        ...(await measureSink(influx('sink'), 400_000)),
      ];
    } finally {
      await server.stop();
    }
  },
};

async function measureWriter(influx: InfluxSettings, readings: number): Promise<Figure[]> {
  const writer = openInfluxWriter({ influx, historyMs: null, now });
  await writer.prepare();
  const at = now();
  const batches = Array.from({ length: readings / batchReadings }, (_, n) => batchOf(n, at));
  const figures = await timed('points by the writer', readings, async () => {
    for (const batch of batches) await writer.writeReadings(batch);
  });
  writer.close();
  return figures;
}

function batchOf(index: number, at: number): RecordBatch {
  const first = index * batchReadings;
  const records = Array.from({ length: batchReadings }, (_, n) => {
    const { key, value, timestampMs } = enriched(first + n, at);
    return { offset: first + n, key, value: value as Buffer, timestampMs };
  });
  return { topic: enrichedTopic, partition: 0, records, nextOffset: first + batchReadings };
}

const measureSink = (influx: InfluxSettings, readings: number): Promise<Figure[]> =>
  drainBacklog({
    readings,
    settings: { influx },
    start: startInfluxSink,
    watch: async (log) => {
      const account = await followAccount(log);
      return {
        stored: async () => (await account.account()).sources.buses?.stored ?? 0,
        close: () => account.close(),
      };
    },
  });
