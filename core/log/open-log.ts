import { join } from 'node:path';
import type { Settings } from '../config/settings.ts';
import type { Events } from '../events.ts';
import type { EventLog, LogReader } from './event-log.ts';

/** What tells which log it is, and how it is reached. */
export type LogSettings = Pick<Settings, 'dataDir' | 'kafka'>;

export interface OpenLogOptions {
  readonly settings: LogSettings;
  readonly events?: Events;
  /** Called when the embedded log can't be used any more in this process: it should end. Kafka is waited for. */
  readonly onLost?: () => void;
}

/**
 * The log that the settings name: the embedded one in the data folder, or Kafka. Only the driver that is asked for is
 * loaded. Rejects with what that driver's opening rejects with.
 */
export async function openLog(options: OpenLogOptions): Promise<EventLog> {
  const { settings, onLost, ...parts } = options;
  const { kafka, dataDir } = settings;
  if (kafka === undefined) {
    const { openSqliteLog } = await import('./sqlite/open-sqlite-log.ts');
    return openSqliteLog({ folder: dataDir, ...(onLost && { onLost }), ...parts });
  }
  const { openKafkaLog } = await import('./kafka/open-kafka-log.ts');
  return openKafkaLog({ kafka, stateFolder: join(dataDir, 'kafka'), ...parts });
}

/** The reading half, beside whoever writes. */
export async function openLogReader({ kafka, dataDir }: LogSettings): Promise<LogReader> {
  if (kafka === undefined) {
    const { openSqliteLogReader } = await import('./sqlite/open-sqlite-log.ts');
    return openSqliteLogReader(dataDir);
  }
  const { openKafkaLogReader } = await import('./kafka/open-kafka-log.ts');
  return openKafkaLogReader({ kafka });
}
