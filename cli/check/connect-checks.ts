import { access, constants, mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Pipeline } from '../../core/config/pipeline.ts';
import type { Settings } from '../../core/config/settings.ts';
import { withoutCredentials } from '../../core/config/without-credentials.ts';
import { listenError } from '../../core/loopback.ts';
import { RegistryClient } from '../../core/registry/registry-client.ts';
import { tablePlans } from '../../core/tables/table-plan.ts';
import { attempt, type ConnectCheck } from './connect-check.ts';

/**
 * Tries everything that the settings name: own ports, the data folder, and each server outside; and the provider of each
 * polled source. Each ends within some seconds. Never rejects.
 */
export async function connectChecks(
  settings: Settings,
  pipeline?: Pipeline,
): Promise<ConnectCheck[]> {
  const sources = pipeline?.sources ?? {};
  const mapped = pipeline ? tablePlans(pipeline) : [];
  const { host, httpPort, webhookPort, mqttListen, mqttWsListen, mqtt, dataDir } = settings;
  const { kafka, schemaRegistryUrl, influx, postgresUrl } = settings;
  const polls = isPolled(pipeline)
    ? import('./check-poll.ts').then((its) => its.checkPolls(pipeline))
    : [];
  const servers = await Promise.all([
    attempt(`data folder ${dataDir}`, () => writable(dataDir)),
    attempt(`HTTP port ${httpPort} on ${host}`, () =>
      listenable({ host, port: httpPort, setting: 'MILLRACE_HTTP_PORT' }),
    ),
    ...(Object.values(sources).some(({ webhook }) => webhook !== undefined)
      ? [
          attempt(`webhook port ${webhookPort} on ${host}`, () =>
            listenable({ host, port: webhookPort, setting: 'MILLRACE_WEBHOOK_PORT' }),
          ),
        ]
      : []),
    ...(mqttListen
      ? [
          attempt(`MQTT port ${mqttListen.port} on ${mqttListen.host}`, () =>
            listenable({ ...mqttListen, setting: 'MILLRACE_MQTT_LISTEN' }),
          ),
        ]
      : []),
    ...(mqttWsListen
      ? [
          attempt(`MQTT port (WebSocket) ${mqttWsListen.port} on ${mqttWsListen.host}`, () =>
            listenable({ ...mqttWsListen, setting: 'MILLRACE_MQTT_WS_LISTEN' }),
          ),
        ]
      : []),
    ...(mqtt ? [attempt(`broker ${withoutCredentials(mqtt.url)}`, () => connects(mqtt))] : []),
    // Drivers are loaded where they are needed.
    ...(kafka ? [import('./check-kafka.ts').then((its) => its.checkKafka(kafka, settings))] : []),
    ...(schemaRegistryUrl ? [registryAnswers(schemaRegistryUrl)] : []),
    ...(influx ? [import('./check-influx.ts').then((its) => its.checkInflux(influx))] : []),
    ...(postgresUrl
      ? [import('./check-postgres.ts').then((its) => its.checkPostgres(postgresUrl, mapped))]
      : []),
  ]);
  return [...servers, ...(await polls)];
}

function isPolled(pipeline: Pipeline | undefined): pipeline is Pipeline {
  return Object.values(pipeline?.sources ?? {}).some(({ poll }) => poll !== undefined);
}

function registryAnswers(url: string): Promise<ConnectCheck> {
  const client = new RegistryClient(url);
  return attempt(
    `schema registry ${client.address}`,
    async () => {
      const subjects = await client.subjects();
      return Array.isArray(subjects) ? `${subjects.length} subjects` : undefined;
    },
    'Check MILLRACE_SCHEMA_REGISTRY_URL, and that the registry runs.',
  );
}

async function writable(folder: string): Promise<undefined> {
  const made = await mkdir(folder, { recursive: true });
  await access(folder, constants.W_OK);
  const probe = join(folder, `.check-${process.pid}`);
  await writeFile(probe, '');
  await rm(probe);
  // A check leaves nothing behind.
  if (made !== undefined) await rm(made, { recursive: true });
}

function listenable(binding: { host: string; port: number; setting: string }): Promise<undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) => reject(listenError(error, binding)));
    server.listen(binding.port, binding.host, () => server.close(() => resolve(undefined)));
  });
}

async function connects(mqtt: NonNullable<Settings['mqtt']>): Promise<undefined> {
  const { connectAsync } = await import('mqtt');
  const given = Object.entries(mqtt).filter(([name, value]) => name !== 'url' && value);
  const client = await connectAsync(
    mqtt.url,
    // A client id of its own: with the service's, a broker would throw the running one out.
    { ...Object.fromEntries(given), clientId: '', reconnectPeriod: 0, connectTimeout: 5000 },
    false,
  );
  await client.endAsync();
}
