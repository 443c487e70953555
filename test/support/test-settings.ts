import type { Settings } from '../../core/config/settings.ts';

/** Settings of a process that listens nowhere, for tests of single services. */
export function testSettings(dataDir: string, over: Partial<Settings> = {}): Settings {
  return {
    dataDir,
    host: '127.0.0.1',
    httpPort: 0,
    webhookPort: 0,
    webhookTls: undefined,
    mqttListen: undefined,
    mqttWsListen: undefined,
    mqtt: undefined,
    kafka: undefined,
    schemaRegistryUrl: undefined,
    influx: undefined,
    postgresUrl: undefined,
    partitions: 6,
    groupPrefix: '',
    apiToken: undefined,
    trustNetwork: false,
    opsPort: 0,
    logLevel: 'silent',
    ...over,
  };
}
