import type { KafkaSettings, Settings } from '../../core/config/settings.ts';
import { createKafka } from '../../core/log/kafka/client/create-kafka.ts';
import { pipelineTopics } from '../../core/log/pipeline-topics.ts';
import { rawTopic } from '../../core/topics.ts';
import { attempt, type ConnectCheck, Fault } from './connect-check.ts';

type Admin = ReturnType<ReturnType<typeof createKafka>['admin']>;
type Resource = Awaited<ReturnType<Admin['describeConfigs']>>['resources'][number];

/** So that nothing goes on for long once the check has ended. */
const requestTimeoutMs = 4000;
const brokerResource = 4;
const topicResource = 2;

export function checkKafka(kafka: KafkaSettings, settings: Settings): Promise<ConnectCheck> {
  const whenSilent =
    'Check MILLRACE_KAFKA_BROKERS, whether TLS and SASL are set as the listener wants them, and that the address which the broker advertises can be reached from here.';
  return attempt(
    `Kafka ${kafka.brokers.join(', ')}`,
    async (signal) => {
      const admin = createKafka(kafka, undefined, { requestTimeoutMs }).admin({
        retry: { retries: 0 },
      });
      signal.addEventListener('abort', () => void admin.disconnect().catch(() => undefined));
      try {
        await admin.connect();
        return await look(admin, kafka, settings);
      } catch (error) {
        throw error instanceof Fault ? error : new Fault(describe(error, kafka, whenSilent));
      } finally {
        await admin.disconnect().catch(() => undefined);
      }
    },
    whenSilent,
  );
}

async function look(admin: Admin, kafka: KafkaSettings, settings: Settings): Promise<string> {
  const { brokers } = await admin.describeCluster();
  if (brokers.length < kafka.replication)
    throw new Fault(
      `it has ${brokers.length} broker(s), and MILLRACE_KAFKA_REPLICATION is ${kafka.replication}: start more of them or lower it.`,
    );
  const ofBroker = await configOf(admin, brokerResource, String(brokers[0]?.nodeId ?? ''));
  const topics = await topicsOf(admin, kafka, settings);
  const ofTopic = await configOf(admin, topicResource, kafka.topicPrefix + rawTopic);
  const minInsync = 'min.insync.replicas';
  return [
    `${versionOf(ofBroker)}, ${brokers.length} broker${brokers.length === 1 ? '' : 's'}`,
    topics,
    durability(settingOf(ofTopic, minInsync) ?? settingOf(ofBroker, minInsync), kafka),
  ].join('; ');
}

/** Brokers don't say their version; what they can be configured with tells. */
function versionOf(config: Resource | undefined): string {
  const protocol = settingOf(config, 'inter.broker.protocol.version');
  if (protocol === undefined) return config?.configEntries.length ? 'Kafka 4' : 'Kafka';
  const version = protocol.replace(/-IV\d+$/, '');
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < 3 || (major === 3 && minor < 7))
    throw new Fault(`it is Kafka ${version}; 3.7 or newer is needed. Upgrade it.`);
  return `Kafka ${version}`;
}

async function topicsOf(
  admin: Admin,
  { topicPrefix }: KafkaSettings,
  settings: Settings,
): Promise<string> {
  const there = new Set(await admin.listTopics());
  const specs = pipelineTopics({ retention: anyRetention }, settings).map((spec) => ({
    ...spec,
    name: topicPrefix + spec.name,
  }));
  const ours = specs.filter(({ name }) => there.has(name));
  if (ours.length === 0) return 'none of the topics there yet: the start makes them';
  const { topics } = await admin.fetchTopicMetadata({ topics: ours.map(({ name }) => name) });
  for (const { name, partitions } of ours) {
    const count = topics.find((topic) => topic.name === name)?.partitions.length ?? 0;
    if (count !== partitions)
      throw new Fault(
        `its topic ${name} has ${count} partitions, and ${partitions} are wanted. ` +
          `Set MILLRACE_KAFKA_PARTITIONS to ${count}, or use another MILLRACE_KAFKA_TOPIC_PREFIX: records keep their order only while the count stays.`,
      );
  }
  const leaderless = topics.find(({ partitions }) => partitions.some(({ leader }) => leader < 0));
  if (leaderless)
    throw new Fault(
      `its topic ${leaderless.name} has a partition without a leader: a broker that holds it is away. Start it.`,
    );
  const replicas = Math.min(
    ...topics.flatMap((topic) => topic.partitions.map((partition) => partition.replicas.length)),
  );
  return `${ours.length} of ${specs.length} topics there, ${settings.partitions} partitions, replication ${replicas}`;
}

/** Names and partitions don't depend on it. */
const anyRetention = { rawMs: null, topicsMs: null, historyMs: null, sizeBytes: null } as const;

function durability(minInsync: string | undefined, { replication }: KafkaSettings): string {
  if (minInsync === undefined) return 'min.insync.replicas not told';
  const told = `min.insync.replicas ${minInsync}`;
  if (Number(minInsync) > replication)
    throw new Fault(
      `its ${told} is more than MILLRACE_KAFKA_REPLICATION (${replication}): nothing could be written. Raise the one or lower the other.`,
    );
  return Number(minInsync) > 1 ? told : `${told}: what is accepted may be on one broker alone`;
}

async function configOf(admin: Admin, type: number, name: string): Promise<Resource | undefined> {
  try {
    const resources = [{ type, name }];
    return (await admin.describeConfigs({ includeSynonyms: false, resources })).resources[0];
  } catch {
    // Not every account may ask; what it would have told is left out.
    return undefined;
  }
}

function settingOf(config: Resource | undefined, name: string): string | undefined {
  return config?.configEntries.find(({ configName }) => configName === name)?.configValue;
}

function describe(error: unknown, { sasl }: KafkaSettings, whenSilent: string): string {
  const { name, message } = error instanceof Error ? error : { name: '', message: String(error) };
  if (/SASL/.test(name + message))
    return `it refuses the credentials (${message}). Check MILLRACE_KAFKA_SASL_MECHANISM${sasl ? ` (${sasl.mechanism})` : ''}, _USERNAME and _PASSWORD.`;
  if (/AUTHORIZATION/i.test(message))
    return `the account may not do what is needed (${message}). It should create, describe, read and write the topics, groups and transactional ids with our prefixes.`;
  // When a question is given up, what kafkajs says next is that it is not connected.
  if (/timed? ?out|not connected/i.test(message)) return `it gave no answer in time. ${whenSilent}`;
  return `${message.replace(/\.$/, '')}. ${whenSilent}`;
}
