import { randomUUID } from 'node:crypto';
import type { KafkaSettings } from '../../config/settings.ts';
import { MillraceError } from '../../errors.ts';
import type { Events } from '../../events.ts';
import type { EventLog, LogReader } from '../event-log.ts';
import { Appender } from './append/appender.ts';
import { createKafka } from './client/create-kafka.ts';
import { CommitsTable, logIdKey } from './commits-table.ts';
import { toLogError } from './kafka-errors.ts';
import { KafkaLog } from './kafka-log.ts';
import { KafkaLogReader, type ReaderParts } from './kafka-log-reader.ts';
import { TopicNames } from './topic-names.ts';
import { KafkaTopics } from './topics/kafka-topics.ts';
import type { SegmentSettings } from './topics/topic-settings.ts';
import { KafkaCluster } from './wire/kafka-cluster.ts';

export interface KafkaLogOptions {
  readonly kafka: KafkaSettings;
  /** Holds copies of the state that this process works on; it may be removed while nothing runs. */
  readonly stateFolder: string;
  readonly events?: Events | undefined;
  /** Appends in memory that no broker has confirmed yet. */
  readonly maxPendingBytes?: number;
  /** For tests: settings of the topics that are created, which come before ours. */
  readonly segments?: SegmentSettings;
}

const defaultMaxPendingBytes = 16 * 1024 * 1024;

/** Opens the log on Kafka. Rejects with `LOG_UNAVAILABLE` when no broker answers within some 15 s. */
export async function openKafkaLog(options: KafkaLogOptions): Promise<EventLog> {
  const { kafka: settings, events, stateFolder, segments = {} } = options;
  const { maxPendingBytes = defaultMaxPendingBytes } = options;
  const kafka = createKafka(settings, events);
  const names = new TopicNames(settings.topicPrefix);
  const asking = new KafkaCluster(kafka);
  try {
    const topics = new KafkaTopics({ kafka, asking, replication: settings.replication, segments });
    await topics.create([commitsSpec(names.commits)]);
    const commits = new CommitsTable(asking, names.commits);
    await commits.readToEnd();
    const appender = new Appender({
      ...{ settings, events, maxPendingBytes },
      topics: {
        find: (topic) => asking.knownPartitionCount(names.onCluster(topic)),
        load: (topic) => asking.partitionCount(names.onCluster(topic)),
      },
    });
    const logId = commits.logId ?? (await makeLogId(appender, commits));
    events?.info('log.opened', { message: `The log on Kafka is open`, logId });
    const reading: ReaderParts = { kafka, names, asking, commits, logId, events };
    return new KafkaLog({ ...reading, topics, appender, stateFolder });
  } catch (error) {
    void asking.close().catch(() => undefined);
    throw toLogError(error, `opening the log at ${settings.brokers.join(', ')}`);
  }
}

/** Opens the log on Kafka for reading. Rejects with `LOG_UNAVAILABLE`, also when there is no log yet. */
export async function openKafkaLogReader({
  kafka: settings,
  events,
}: Pick<KafkaLogOptions, 'kafka' | 'events'>): Promise<LogReader> {
  const kafka = createKafka(settings, events);
  const names = new TopicNames(settings.topicPrefix);
  const asking = new KafkaCluster(kafka);
  try {
    const commits = new CommitsTable(asking, names.commits);
    await commits.readToEnd().catch((error: unknown) => {
      throw toLogError(error, `reading ${names.commits}`);
    });
    const { logId } = commits;
    if (logId === undefined) throw noLog(settings);
    return new KafkaLogReader({ kafka, names, asking, commits, logId, events });
  } catch (error) {
    void asking.close().catch(() => undefined);
    const failure = toLogError(error, `opening the log at ${settings.brokers.join(', ')}`);
    throw failure.code === 'TOPIC_UNKNOWN' ? noLog(settings) : failure;
  }
}

function noLog({ brokers, topicPrefix }: KafkaSettings): MillraceError {
  return new MillraceError(
    'LOG_UNAVAILABLE',
    `There is no log at ${brokers.join(', ')} with the topic prefix '${topicPrefix}'. Start Millrace with these settings first, or give others.`,
  );
}

const commitsSpec = (name: string) => ({
  ...{ name, partitions: 1, cleanup: 'compact' as const },
  ...{ retentionMs: null, retentionBytes: null },
});

/** Two processes that open a new log at once both write an id; the first in the topic counts, for both. */
async function makeLogId(appender: Appender, commits: CommitsTable): Promise<string> {
  const id = randomUUID();
  const key = `${logIdKey}/${id}`;
  await appender.append([
    { topic: 'commits', key, value: Buffer.from(id), timestampMs: Date.now() },
  ]);
  await commits.readToEnd();
  return commits.logId ?? id;
}
