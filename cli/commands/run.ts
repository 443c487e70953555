import { loadPipeline } from '../../core/config/load-pipeline.ts';
import { nearestName } from '../../core/config/nearest-name.ts';
import {
  commandSettings,
  configOption,
  dataDirOption,
  defaultConfig,
} from '../command-settings.ts';
import { defineCommand } from '../define-command.ts';
import { runUntilStopped } from '../stack/run-until-stopped.ts';
import { type ServiceName, serviceNames, servicesFor } from '../stack/service-starts.ts';
import { UsageError } from '../usage-error.ts';

export const run = defineCommand({
  operands: 'SERVICE...',
  description: `Starts the named services in this process:
${serviceNames.join(', ')}.
Without the dashboard among them /livez, /readyz and /metrics answer on MILLRACE_OPS_PORT. The embedded log has one
writing process, so on it all of them run in one. On Kafka each may be a process, and there may be several of each.`,
  options: { config: configOption, 'data-dir': dataDirOption },
  examples: ['millrace run mqtt-ingress enricher sqlite-sink'],
  async run({ values, operands }) {
    if (operands.length === 0)
      throw new UsageError(`run needs at least one SERVICE: ${serviceNames.join(', ')}.`);
    const services = operands.map(serviceNamed);
    const settings = commandSettings({ dataDir: values['data-dir'] });
    const pipeline = await loadPipeline(values.config ?? defaultConfig, console.error);
    refuseIdle(services, servicesFor(settings, pipeline));
    return runUntilStopped({
      pipeline,
      settings,
      services,
      whenUp: async ({ events }) => {
        events.info('process.running', { message: `Running: ${services.join(', ')}.`, services });
      },
    });
  },
});

function serviceNamed(typed: string): ServiceName {
  const name = serviceNames.find((candidate) => candidate === typed);
  if (name) return name;
  const nearest = nearestName(typed, serviceNames);
  throw new UsageError(
    `There is no service "${typed}"${nearest ? `; did you mean ${nearest}?` : '.'} There are: ${serviceNames.join(', ')}.`,
  );
}

/** What a service needs to have something to do. */
const needs: Readonly<Record<string, string>> = {
  'webhook-ingress': 'no source of the configuration has webhook: {...}',
  'poll-ingress': 'no source of the configuration has poll: {...}',
  'postgres-sink': 'it needs MILLRACE_POSTGRES_URL',
  'influx-sink': 'it needs MILLRACE_INFLUX_URL',
  'sqlite-sink': 'Postgres and InfluxDB keep everything, and nothing would read what it writes',
};

function refuseIdle(asked: readonly ServiceName[], useful: readonly ServiceName[]): void {
  const idle = asked.find((name) => !useful.includes(name));
  if (idle !== undefined) throw new UsageError(`${idle} has nothing to do: ${needs[idle] ?? ''}.`);
}
