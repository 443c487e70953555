import type { Settings } from '../../core/config/settings.ts';

export type StackSettings = Pick<Settings, 'dataDir' | 'kafka' | 'postgresUrl' | 'influx'>;

export interface StackDescription {
  /** Where each part is, in words, without credentials. */
  readonly log: string;
  readonly latest: string;
  readonly history: string;
}

/** What of it is not in the data folder. */
export function outsideOf(settings: StackSettings): readonly string[] {
  const { log, latest, history } = describeStack(settings);
  return [
    ...(settings.kafka ? [log] : []),
    ...(settings.postgresUrl ? [latest] : []),
    ...(settings.influx ? [history] : []),
  ];
}

/** What these settings run on. */
export function describeStack(settings: StackSettings): StackDescription {
  const { dataDir, kafka, postgresUrl, influx } = settings;
  const sqlite = `SQLite in ${dataDir}`;
  return {
    log: kafka ? `Kafka at ${kafka.brokers.join(', ')}` : `the log in ${dataDir}`,
    latest: postgresUrl ? `PostgreSQL at ${addressOf(postgresUrl)}` : sqlite,
    history: influx ? `InfluxDB at ${addressOf(influx.url)}` : sqlite,
  };
}

function addressOf(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host}${pathname === '/' ? '' : pathname}`;
}
