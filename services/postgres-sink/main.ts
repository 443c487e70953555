import type { StartService } from '../../core/service.ts';
import { sinkConfig, sinkName } from './config.ts';
import { PostgresSink } from './postgres-sink.ts';

/** Latest, dead letters and registers into Postgres; see README.md. */
export const startPostgresSink: StartService = async (context) => {
  const config = sinkConfig(context);
  const events = context.events.child({ service: sinkName });
  const sink = new PostgresSink({ ...context, events }, config);
  await sink.start();
  let stopped: Promise<void> | undefined;
  return {
    name: sinkName,
    health: () => sink.health(),
    stop: () => {
      stopped ??= sink.stop();
      return stopped;
    },
  };
};
