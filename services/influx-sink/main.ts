import type { StartService } from '../../core/service.ts';
import { openInfluxWriter } from '../../stores/influx/open-influx-store.ts';
import { influxSinkConfig, sinkName } from './config.ts';
import { followAccount } from './influx-account.ts';
import { InfluxConsumer } from './influx-consumer.ts';
import { influxSinkMetrics } from './metrics.ts';
import { sayTarget } from './say-target.ts';

/** Enriched readings into InfluxDB; see README.md. */
export const startInfluxSink: StartService = async (context) => {
  const { pipeline, log, now } = context;
  const events = context.events.child({ service: sinkName });
  const config = influxSinkConfig(context);
  const { historyMs } = pipeline.retention;
  const { influx, topics } = config;
  const onTarget = sayTarget(events, historyMs);
  const account = await followAccount(log);
  const writer = openInfluxWriter({ influx, historyMs, now, onTarget });
  const metrics = influxSinkMetrics({ registry: context.metrics, log, account, topics });
  const consumer = new InfluxConsumer({ config, log, writer, events, metrics, now });
  await consumer.start();
  events.info('sink.started', { message: 'influx-sink reads on where it was.' });

  const stop = async () => {
    const overdue = setTimeout(() => writer.close(), config.drainWithinMs);
    await consumer.stop();
    clearTimeout(overdue);
    account.close();
    writer.close();
    events.info('sink.stopped', { message: 'influx-sink has stopped.' });
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
