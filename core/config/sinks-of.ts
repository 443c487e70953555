import type { Settings } from './settings.ts';

export type SinkName = 'sqlite-sink' | 'postgres-sink' | 'influx-sink';

/** The sinks that run with these settings. SQLite keeps what no server outside does, so it is there until both are. */
export function sinksOf(settings: Pick<Settings, 'postgresUrl' | 'influx'>): readonly SinkName[] {
  const postgres = settings.postgresUrl !== undefined;
  const influx = settings.influx !== undefined;
  return [
    ...(postgres && influx ? [] : (['sqlite-sink'] as const)),
    ...(postgres ? (['postgres-sink'] as const) : []),
    ...(influx ? (['influx-sink'] as const) : []),
  ];
}
