import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KafkaSettings } from '../../../core/config/settings.ts';
import type { LogReader } from '../../../core/log/event-log.ts';
import { openKafkaLog, openKafkaLogReader } from '../../../core/log/kafka/open-kafka-log.ts';
import { KafkaContainer, kafkaPort } from '../../support/servers/kafka-container.ts';
import { shareServer } from '../../support/servers/start-server.ts';
import type { LogDriver } from './log-driver.ts';

/** Kafka works on whole segments and never on the newest: these are a batch each. */
const smallSegments = {
  'segment.ms': '1000',
  'internal.segment.bytes': '12000',
  'min.cleanable.dirty.ratio': '0.01',
};

/** Retention and compaction within a second; apart from the other tests' broker, whose records may be of long ago. */
const quickUpkeep = {
  KAFKA_LOG_RETENTION_CHECK_INTERVAL_MS: '300',
  KAFKA_LOG_INITIAL_TASK_DELAY_MS: '100',
  KAFKA_LOG_CLEANER_BACKOFF_MS: '300',
};

async function startBroker(): Promise<string> {
  const container = new KafkaContainer().withEnvironment(quickUpkeep);
  const shared = await shareServer('kafka-upkeep', container.withExposedPorts(kafkaPort));
  return `${shared.getHost()}:${shared.getMappedPort(kafkaPort)}`;
}

/** A log of its own, by its prefix. */
export const kafkaDriver: LogDriver = {
  name: 'Kafka',
  hasConsistentCuts: true,
  create: async () => {
    const brokers = [await startBroker()];
    const stateFolder = await mkdtemp(join(tmpdir(), 'millrace-log-'));
    const topicPrefix = `${randomBytes(5).toString('hex')}.`;
    const none = { sasl: undefined, tls: undefined };
    const kafka: KafkaSettings = { brokers, ...none, topicPrefix, replication: 1 };
    const opened: LogReader[] = [];
    return {
      open: async ({ maxPendingBytes, maintenanceIntervalMs, events } = {}) =>
        keep(
          await openKafkaLog({
            ...{ kafka, stateFolder },
            ...(events && { events }),
            ...(maxPendingBytes === undefined ? {} : { maxPendingBytes }),
            ...(maintenanceIntervalMs === undefined ? {} : { segments: smallSegments }),
          }),
        ),
      openReader: async () => keep(await openKafkaLogReader({ kafka })),
      remove: async () => {
        for (const log of opened.reverse()) await log.close();
        await rm(stateFolder, { recursive: true, force: true });
      },
    };
    function keep<T extends LogReader>(log: T): T {
      opened.push(log);
      return log;
    }
  },
};
