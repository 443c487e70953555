import type { TopicSpec } from '../../event-log.ts';

const mib = 1024 * 1024;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Kafka's own default, said explicitly: `maxRecordBytes` and the batch's overhead stay below it. */
const maxMessageBytes = 1_048_588;
const forEver = '9223372036854775807';

/** Sizes of segments: retention and compaction work on whole ones, and never on the one that is written. */
export interface SegmentSettings {
  /** Names and values of topic settings that come before ours; for tests, whose topics are small. */
  readonly [name: string]: string;
}

/** What `createTopics` sets on a topic that is there, too: retention, and what a record's time may be. */
export function retentionSettings(spec: TopicSpec): Record<string, string> {
  return {
    'cleanup.policy': spec.cleanup,
    'retention.ms': `${spec.retentionMs ?? -1}`,
    'retention.bytes': `${spec.retentionBytes ?? -1}`,
    // Records keep their time, however wrong a clock is: replays must not vanish, and Kafka would refuse the whole
    // batch for one record of it (Kafka 4: more than an hour ahead), again and again.
    'message.timestamp.type': 'CreateTime',
    'message.timestamp.before.max.ms': forEver,
    'message.timestamp.after.max.ms': forEver,
  };
}

export function topicSettings(
  spec: TopicSpec,
  replication: number,
  segments: SegmentSettings,
): Record<string, string> {
  return {
    ...retentionSettings(spec),
    'min.insync.replicas': `${Math.min(2, replication)}`,
    'max.message.bytes': `${maxMessageBytes}`,
    'compression.type': 'producer',
    ...(spec.cleanup === 'compact' ? compactSegments : deleteSegments(spec)),
    ...segments,
  };
}

/** Small enough that a reader from the beginning meets little that compaction would have removed. */
const compactSegments = {
  'segment.bytes': `${16 * mib}`,
  'segment.ms': `${hourMs}`,
  'min.cleanable.dirty.ratio': '0.2',
  'max.compaction.lag.ms': `${dayMs}`,
  'delete.retention.ms': `${dayMs}`,
};

/** About a tenth of what is kept may be there too long. */
function deleteSegments({ retentionMs, retentionBytes }: TopicSpec): Record<string, string> {
  const bytes = Math.min(256 * mib, Math.max(mib, Math.floor((retentionBytes ?? Infinity) / 10)));
  const ms = Math.min(dayMs, Math.max(60_000, Math.floor((retentionMs ?? Infinity) / 10)));
  return { 'segment.bytes': `${bytes}`, 'segment.ms': `${ms}` };
}
