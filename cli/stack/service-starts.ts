import type { Pipeline } from '../../core/config/pipeline.ts';
import type { Settings } from '../../core/config/settings.ts';
import { sinksOf } from '../../core/config/sinks-of.ts';
import type { StartService } from '../../core/service.ts';

/**
 * The services, in the order in which they start: those downstream first, so that nothing waits for its reader.
 * They stop in the opposite order. Each is loaded only when it is asked for.
 */
export const serviceStarts = {
  'sqlite-sink': async () => (await import('../../services/sqlite-sink/main.ts')).startSqliteSink,
  'postgres-sink': async () =>
    (await import('../../services/postgres-sink/main.ts')).startPostgresSink,
  'influx-sink': async () => (await import('../../services/influx-sink/main.ts')).startInfluxSink,
  enricher: async () => (await import('../../services/enricher/main.ts')).startEnricher,
  dashboard: async () => {
    const { startDashboard } = await import('../../services/dashboard/main.ts');
    const { openReadingTrial } = await import('../../services/enricher/reading-trial.ts');
    return (context) => startDashboard(context, openReadingTrial);
  },
  'mqtt-ingress': async () =>
    (await import('../../services/mqtt-ingress/main.ts')).startMqttIngress,
  'webhook-ingress': async () =>
    (await import('../../services/webhook-ingress/main.ts')).startWebhookIngress,
  'poll-ingress': async () =>
    (await import('../../services/poll-ingress/main.ts')).startPollIngress,
} as const satisfies Record<string, () => Promise<StartService>>;

export type ServiceName = keyof typeof serviceStarts;

export const serviceNames = Object.keys(serviceStarts) as ServiceName[];

/** Those that these settings and this configuration have work for, in the order of their start. */
export function servicesFor(
  settings: Settings,
  { sources }: Pick<Pipeline, 'sources'>,
): readonly ServiceName[] {
  const sinks: readonly string[] = sinksOf(settings);
  const waysIn: Readonly<Record<string, boolean>> = {
    'webhook-ingress': Object.values(sources).some(({ webhook }) => webhook !== undefined),
    'poll-ingress': Object.values(sources).some(({ poll }) => poll !== undefined),
  };
  return serviceNames.filter((name) =>
    name.endsWith('-sink') ? sinks.includes(name) : (waysIn[name] ?? true),
  );
}
