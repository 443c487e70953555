import type { StartService } from '../../core/service.ts';
import { tablePlans } from '../../core/tables/table-plan.ts';
import { startPruneTimer } from '../../stores/sink/prune-timer.ts';
import { refuseStoreAhead } from '../../stores/sink/refuse-store-ahead.ts';
import { SinkConsumer } from '../../stores/sink/sink-consumer.ts';
import { sinkMetrics } from '../../stores/sink/sink-metrics.ts';
import { openSqliteWriter } from '../../stores/sqlite/open-sqlite-store.ts';
import { sinkConfig, sinkName } from './config.ts';

/** Enriched readings and dead letters into the embedded store; see README.md. */
export const startSqliteSink: StartService = async (context) => {
  const { pipeline, settings, log, now } = context;
  const events = context.events.child({ service: sinkName });
  const config = sinkConfig(context);
  const writer = await openSqliteWriter({
    folder: settings.dataDir,
    historyMs: pipeline.retention.historyMs,
    deadLettersMs: pipeline.retention.topicsMs,
    maxBytes: pipeline.retention.sizeBytes,
    logId: log.id,
    now,
    // Where there is a Postgres, it has them.
    mapped: settings.postgresUrl === undefined ? tablePlans(pipeline) : [],
    onMapped: (message) => events.info('sink.table-mapped', { message }),
  });
  await refuseStoreAhead({
    log,
    writer,
    topics: config.topics,
    store: `The store in ${settings.dataDir}`,
    remedy:
      'Put the store.db of the same backup beside it, or keep a copy of store.db and run `millrace rebuild`, which makes the store anew from this log.',
  }).catch(async (error: unknown) => {
    await writer.close();
    throw error;
  });
  const metrics = sinkMetrics({
    prefix: 'sqlite_sink',
    registry: context.metrics,
    log,
    writer,
    topics: config.topics,
  });
  const consumer = new SinkConsumer({ config, log, writer, events, metrics, now });
  await consumer.start();
  const pruning = startPruneTimer(writer, { everyMs: config.pruneEveryMs, now, events });
  events.info('sink.started', { message: 'sqlite-sink reads on where it was.' });

  const stop = async () => {
    await consumer.stop();
    await pruning.stop();
    await writer.close();
    events.info('sink.stopped', { message: 'sqlite-sink has stopped.' });
  };
  let stopped: Promise<void> | undefined;
  return {
    name: sinkName,
    health: () => consumer.health(),
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
};
