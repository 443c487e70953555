import { access, constants, mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Settings } from '../../core/config/settings.ts';
import { listenError } from '../../core/loopback.ts';
import { RegistryClient } from '../../core/registry/registry-client.ts';

/** One thing that was tried. */
export interface ConnectCheck {
  readonly what: string;
  readonly ok: boolean;
  /** A sentence when it is not. */
  readonly detail?: string;
}

/** Tries everything that the settings name: own ports, the data folder, an outside broker. Never rejects. */
export async function connectChecks(settings: Settings): Promise<ConnectCheck[]> {
  const { host, httpPort, mqttListen, mqtt, dataDir, schemaRegistryUrl } = settings;
  return Promise.all([
    attempt(`data folder ${dataDir}`, () => writable(dataDir)),
    attempt(`HTTP port ${httpPort} on ${host}`, () =>
      listenable({ host, port: httpPort, setting: 'MILLRACE_HTTP_PORT' }),
    ),
    ...(mqttListen
      ? [
          attempt(`MQTT port ${mqttListen.port} on ${mqttListen.host}`, () =>
            listenable({ ...mqttListen, setting: 'MILLRACE_MQTT_LISTEN' }),
          ),
        ]
      : []),
    ...(mqtt ? [attempt(`broker ${withoutCredentials(mqtt.url)}`, () => connects(mqtt))] : []),
    ...(schemaRegistryUrl ? [registryAnswers(schemaRegistryUrl)] : []),
  ]);
}

function registryAnswers(url: string): Promise<ConnectCheck> {
  const client = new RegistryClient(url);
  return attempt(`schema registry ${client.address}`, async () => {
    await client.subjects();
  });
}

async function attempt(what: string, trial: () => Promise<void>): Promise<ConnectCheck> {
  try {
    await trial();
    return { what, ok: true };
  } catch (error) {
    return { what, ok: false, detail: error instanceof Error ? error.message : String(error) };
  }
}

async function writable(folder: string): Promise<void> {
  const made = await mkdir(folder, { recursive: true });
  await access(folder, constants.W_OK);
  const probe = join(folder, `.check-${process.pid}`);
  await writeFile(probe, '');
  await rm(probe);
  // A check leaves nothing behind.
  if (made !== undefined) await rm(made, { recursive: true });
}

function listenable(binding: { host: string; port: number; setting: string }): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) => reject(listenError(error, binding)));
    server.listen(binding.port, binding.host, () => server.close(() => resolve()));
  });
}

async function connects(mqtt: NonNullable<Settings['mqtt']>): Promise<void> {
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

function withoutCredentials(url: string): string {
  const parsed = new URL(url);
  return `${parsed.protocol}//${parsed.host}`;
}
